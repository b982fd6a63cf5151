"""Imports, before any fork, what nearly every spider needs: the forks share it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from importlib.abc import MetaPathFinder
from typing import Any

# Imported by Scrapy only when a crawl runs, and not the default of a setting.
_LATE_MODULES = (
    "encodings.cp1252",
    "encodings.idna",
    "itemadapter",
    "queuelib",
    "resource",
    "scrapy.commands.crawl",
    "scrapy.contracts",
    "scrapy.core.scheduler",
    "scrapy.core.scraper",
    "scrapy.pqueues",
    "scrapy.resolver",
    "scrapy.responsetypes",
    "scrapy.squeues",
    "scrapy.utils.engine",
    "secrets",
    "sqlite3",
    "tldextract",
    "twisted.conch.insults.insults",
    "twisted.conch.telnet",
    "twisted.internet.asyncioreactor",
    "twisted.internet.endpoints",
    "twisted.internet.epollreactor",
    "twisted.web.client",
)


class _NoReactor(MetaPathFinder):
    """Refuses the module whose import installs a reactor, and so every module that imports it at its top."""

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> None:
        if fullname == "twisted.internet.reactor":
            raise ImportError("the spider host has no reactor")


def preimport() -> None:
    """Scrapy itself must import; of its parts, which differ between versions, as many as do without a reactor."""
    hook = _NoReactor()
    sys.meta_path.insert(0, hook)
    try:
        import scrapy.crawler  # noqa: F401
        from scrapy.settings import default_settings

        modules = {path.rpartition(".")[0] for path in _class_paths(vars(default_settings))}
        for module in sorted(modules.union(_LATE_MODULES)):
            # An optional dependency may be missing, or the path be that of no class.
            with suppress(Exception):
                import_module(module)
    finally:
        sys.meta_path.remove(hook)


def _class_paths(settings: Mapping[str, Any]) -> Iterator[str]:
    """The default settings' values, and the keys and values in them, that look like `scrapy.x.Class`."""
    for value in settings.values():
        candidates = [*value.keys(), *value.values()] if isinstance(value, dict) else [value]
        for candidate in candidates:
            if isinstance(candidate, str) and candidate.startswith("scrapy.") and " " not in candidate:
                yield candidate
