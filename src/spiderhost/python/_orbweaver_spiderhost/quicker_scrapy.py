"""What Scrapy finds out or copies anew in each crawl, with the same outcome, in less time: for the forks of the host."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from functools import cache
from typing import Any

from scrapy.settings import SettingsAttribute
from scrapy.utils import versions

_NEVER_COPIED = {type(None), bool, int, float, str}


def quicken() -> None:
    """Once in the host. Never raises: another Scrapy may have none of this."""
    with suppress(Exception):
        # The log begins with the versions of six packages; to read their metadata takes 1.7 ms. An environment that has
        # a host is never changed.
        versions.version = cache(versions.version)
    # A crawl copies its settings twice, at 1.4 ms each; nearly all of the 300 are texts and numbers.
    if "__deepcopy__" not in vars(SettingsAttribute):
        SettingsAttribute.__deepcopy__ = _copy_attribute  # type: ignore[attr-defined]


def _copy_attribute(attribute: SettingsAttribute, memo: dict[int, Any]) -> SettingsAttribute:
    """As `copy.deepcopy` does it for an object with nothing but attributes."""
    copied = object.__new__(type(attribute))
    # A value may lead back here.
    memo[id(attribute)] = copied
    for name, value in vars(attribute).items():
        vars(copied)[name] = value if type(value) in _NEVER_COPIED else deepcopy(value, memo)
    return copied
