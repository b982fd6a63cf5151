"""Holds its slot until it is killed."""

import time

import scrapy


class Waiting(scrapy.Spider):
    name = "waiting"

    def __init__(self, **kwargs: str) -> None:
        super().__init__(**kwargs)
        time.sleep(86_400)
