"""Does ahead of a run what all crawls do alike. Nothing of a project's, and nothing raises: the crawl does it all again."""

from __future__ import annotations

from contextlib import suppress

from scrapy.settings import Settings, default_settings
from scrapy.spiderloader import SpiderLoader
from scrapy.utils import versions
from scrapy.utils.conf import get_config

from .crawl import no_options


def rehearse() -> None:
    """Once in the host, before any fork: what Python then remembers."""
    with suppress(Exception):
        no_options()
    with suppress(Exception):
        # The first lines of each log: which system this is, and which libraries, takes 6 ms to find out.
        newer = getattr(versions, "get_versions", None)
        (newer or versions.scrapy_components_versions)()


def rehearse_in_child() -> None:
    """In a child that waits for its run: the kernel copies each page of the host's that is written to, and these are
    the first five hundred. It takes 5 ms, and saves 2 of the run's start.
    """
    with suppress(Exception):
        get_config()
        settings = Settings()
        settings.setmodule(default_settings)
        SpiderLoader.from_settings(settings)
