"""Scrapy's defaults: what is measured is what people have."""

SPIDER_MODULES = ["project.spiders"]
