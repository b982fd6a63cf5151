"""Reads requirements as pip does, and brings them into one form: sets that ask for the same make the same text."""

import re
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from inspect_project import Fault, quote
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

LARGEST_BYTES = 256 * 1024
SHORT = {"-r": "--requirement", "-c": "--constraint", "-i": "--index-url", "-f": "--find-links", "-e": "--editable"}
FILES = ("--requirement", "--constraint")
ADDRESSES = ("--index-url", "--extra-index-url", "--find-links")
WITH_VALUE = (*FILES, *ADDRESSES, "--trusted-host", "--no-binary", "--only-binary", "--use-feature")
SWITCHES = ("--no-index", "--pre", "--prefer-binary", "--require-hashes")
URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.I)
WORD = re.compile(r"[^\s\\'\"]*")
ARCHIVE = re.compile(r"\.(whl|zip|tar|tgz|tbz|txz|tar\.\w+)$", re.I)


class Requirements:
    """What is wanted, what limits it, and where from. Filled file by file."""

    def __init__(self) -> None:
        self.options: list[str] = []
        self.wanted: set[str] = set()
        self.constraints: set[str] = set()
        self.bytes = 0
        self.read: set[tuple[Path, bool]] = set()

    def text(self) -> str:
        # Of some options the last counts; where that is in another file nobody can tell from outside.
        return "".join(f"{line}\n" for line in [*dict.fromkeys(self.options), *sorted(self.wanted)])

    def constraints_text(self) -> str:
        return "".join(f"{line}\n" for line in sorted(self.constraints))

    def name_scrapy(self) -> bool:
        return any(is_scrapy(line) for line in self.wanted)

    def add_base(self, base: str) -> None:
        """Adds Scrapy: as Orbweaver has it, or as the constraints say."""
        if any(" --hash=" in line for line in self.wanted) or "--require-hashes" in self.options:
            raise Fault("The requirements have hashes, and so must name all that is installed: add Scrapy with its hashes.")
        limited = any(is_scrapy(line) for line in self.constraints)
        self.wanted |= {"scrapy"} if limited else {normalised(line, "") for line in base.split("\n") if line.strip()}


def is_scrapy(line: str) -> bool:
    """Also of an address, as far as that tells."""
    in_address = r"\S*(#egg=scrapy(?![\w.-])|/scrapy(\.git)?([@#]|$)|/scrapy-\d)"
    return re.match(rf"scrapy(?![a-z0-9-])|{in_address}", line, re.I) is not None


def read_requirements(root: Path, folder: Path, name: str) -> Requirements:
    found = Requirements()
    add_file(found, root, folder, name, is_constraint=False, where=f'The option "requirements" names {quote(name)}')
    return found


def read_pyproject(path: Path) -> Requirements | None:
    """`dependencies` in `[project]`; None if it does not say."""
    project = load_toml(path).get("project", {})
    listed = project.get("dependencies") if isinstance(project, dict) else None
    if listed is None:
        return None
    if not isinstance(listed, list) or not all(isinstance(line, str) for line in listed):
        raise Fault('"dependencies" in "[project]" of "pyproject.toml" must be a list of texts.')
    found = Requirements()
    found.wanted.update(normalised(line, "pyproject.toml") for line in listed)
    return found


def load_toml(path: Path) -> dict[str, Any]:
    try:
        import tomllib
    except ImportError:
        try:
            from pip._vendor import tomli as tomllib
        except ImportError:
            raise Fault('Python 3.10 cannot read "pyproject.toml": put the dependencies into "requirements.txt".') from None
    try:
        return tomllib.loads(text_of(path))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Fault(f'The project\'s "pyproject.toml" is broken: {error}.') from None


def add_file(found: Requirements, root: Path, folder: Path, name: str, *, is_constraint: bool, where: str) -> None:
    try:
        path = (folder / name).resolve() if not URL.match(name) else root.parent
        is_there = path.is_file()
    except (OSError, ValueError):
        is_there = False
    if not is_there or not path.is_relative_to(root):
        raise Fault(f"{where}, and there is no such file in the archive.")
    if (path, is_constraint) in found.read:
        return
    found.read.add((path, is_constraint))
    text = text_of(path)
    found.bytes += len(text.encode())
    if found.bytes > LARGEST_BYTES:
        raise Fault(f'The requirements are larger than {LARGEST_BYTES} bytes, together with {quote(name)}.')
    for line in logical_lines(text):
        if not line.startswith("-"):
            (found.constraints if is_constraint else found.wanted).add(normalised(line, path.name))
            continue
        for option, value in options(line, path.name):
            if option in FILES:
                as_constraint = is_constraint or option == "--constraint"
                says = f"{quote(path.name)} says {quote(line)}"
                add_file(found, root, path.parent, value, is_constraint=as_constraint, where=says)
            elif option in ADDRESSES and not is_remote(value):
                raise refused(line, path.name, "is a path of one machine")
            elif not re.fullmatch(WORD, value):
                # Without its quotation the installer would find more options in it.
                raise refused(line, path.name, "has a value with white space, quotes or a backslash")
            else:
                found.options.append(f"{option} {value}".strip())


def text_of(path: Path) -> str:
    if path.stat().st_size > LARGEST_BYTES:
        raise Fault(f'The project\'s {quote(path.name)} is larger than {LARGEST_BYTES} bytes.')
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Fault(f"The project's {quote(path.name)} is not valid UTF-8.") from None


def logical_lines(text: str) -> list[str]:
    """Without comments; those that a backslash ends go on in the next."""
    # A comment goes no further than its line.
    without = (re.sub(r"(^|(?<!\s)\s+)#.*$", "", line) for line in text.splitlines())
    lines = (line.strip() for line in re.sub(r"\\\n", " ", "\n".join(without)).split("\n"))
    return [line for line in lines if line]


def options(line: str, file: str) -> list[tuple[str, str]]:
    """The options of a line, with their values, by their long names."""
    try:
        words = shlex.split(line)
    except ValueError:
        raise refused(line, file, "has an open quotation") from None
    found: list[tuple[str, str]] = []
    while words:
        word = words.pop(0)
        name, sign, value = word.partition("=")
        if word[:2] in SHORT:
            name, sign, value = SHORT[word[:2]], word[2:], word[2:].removeprefix("=")
        if name in SWITCHES and not sign:
            found.append((name, ""))
        elif name in WITH_VALUE and (sign or words):
            found.append((name, value if sign else words.pop(0)))
        elif name == "--editable":
            raise refused(line, file, "is installed from a folder that must stay; name a released package instead")
        else:
            raise refused(line, file, "is not an option that is understood here")
    return found


def normalised(line: str, file: str) -> str:
    """One requirement: names as PEP 503 has them, extras, versions and hashes in order, no spare white space."""
    if len(line.splitlines()) > 1:
        # Of "pyproject.toml"; the installer would read the second as a requirement or an option of its own.
        raise refused(line, file, "has more than one line")
    parts = re.split(r"(?<!\s)\s+(?=--)", line.strip())
    if any(not re.match(r"--(hash|config-settings?)[=\s]", part) for part in parts[1:]):
        raise refused(line, file, "has an option that is not understood here")
    rest = "".join(f" {part}" for part in sorted(re.sub(r"^(--[a-z-]+)\s+", r"\1=", part) for part in parts[1:]))
    text = parts[0]
    if URL.match(text):
        if not is_remote(text):
            raise refused(line, file, "is a path of one machine")
        return text + rest
    if re.match(r"[.~/\\]", text) or (ARCHIVE.search(text) and "@" not in text):
        raise refused(line, file, "is a path; only packages of an index and remote addresses can be installed")
    try:
        wanted = Requirement(text)
    except InvalidRequirement:
        raise refused(line, file, "is not a requirement") from None
    if wanted.url is not None and not is_remote(wanted.url):
        raise refused(line, file, "is a path of one machine")
    extras = ",".join(sorted(canonicalize_name(extra) for extra in wanted.extras))
    name = canonicalize_name(wanted.name) + (f"[{extras}]" if extras else "")
    address = "" if wanted.url is None else f" @ {wanted.url}"
    marker = "" if wanted.marker is None else f" ; {wanted.marker}"
    return f"{name}{wanted.specifier}{address}{marker}{rest}"


def is_remote(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return bool(parts.netloc) and not parts.scheme.lower().endswith("file")


def refused(line: str, file: str, why: str) -> Fault:
    return Fault(f"The requirement {quote(line)} in {quote(file)} {why}.")
