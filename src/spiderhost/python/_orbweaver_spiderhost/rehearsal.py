"""Does once in the host, before any fork, what all crawls do alike and Python then remembers."""

from __future__ import annotations

from contextlib import suppress

from scrapy.utils import versions

from .crawl import no_options


def rehearse() -> None:
    """Nothing of a project's. Never raises: the crawl itself does all of it again."""
    with suppress(Exception):
        no_options()
    with suppress(Exception):
        # The first lines of each log: which system this is, and which libraries, takes 6 ms to find out.
        newer = getattr(versions, "get_versions", None)
        (newer or versions.scrapy_components_versions)()
