"""Does ahead of a run what all crawls do alike. Nothing of a project's, and nothing raises: the crawl does it all again."""

from __future__ import annotations

from contextlib import suppress

from scrapy.utils import versions

from .crawl import no_options


def rehearse() -> None:
    """Once in the host, before any fork: what Python then remembers."""
    with suppress(Exception):
        no_options()
    with suppress(Exception):
        # The first lines of each log: which system this is, and which libraries, takes 6 ms to find out.
        newer = getattr(versions, "get_versions", None)
        (newer or versions.scrapy_components_versions)()
