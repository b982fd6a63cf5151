"""What the spiders scrape."""

from dataclasses import dataclass, field


@dataclass
class Quote:
    """A quote as it stands on a page."""

    text: str | None
    author: str | None
    tags: list[str] = field(default_factory=list)


@dataclass
class Author:
    """A person quoted, from the page about them."""

    name: str | None
    lived: str | None
    about: str | None
