"""Looks at an unpacked Scrapy project: its name, its settings module, its spiders.

    python -I inspect_project.py FOLDER SECONDS [NAME]

With a name it may be an unpacked egg, which names its settings module in an entry point and no project. Runs the
project's own code, which may do anything. The result, one line of JSON, therefore goes to descriptor 3: the facts, or
`{"kind": "invalid" or "unavailable", "fault": sentence, "detail": end of the traceback}`.
After it the project's bytecode is compiled, so that runs start fast; whoever waits may stop waiting by then.
"""

import compileall
import configparser
import fcntl
import json
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Any

RESULT_FD = 3
# Whoever shows it makes it shorter, once the secrets in it are masked.
TRACEBACK_CHARACTERS = 200_000
LARGEST_CONFIG_BYTES = 64 * 1024
LONGEST_NAME = 100
LONGEST_SPIDER_NAME = 255
MOST_SPIDERS = 10_000
OWN_SECTION = "orbweaver"
OWN_OPTIONS = ("fork", "copy", "capture")
#: Read before any code of the project runs.
OWN_TEXTS = ("requirements", "python")


class Fault(Exception):
    """What is wrong, in one sentence, and the end of a traceback if there is one."""

    def __init__(self, sentence: str, detail: str = "", kind: str = "invalid") -> None:
        super().__init__(sentence)
        self.detail = detail
        self.kind = kind


def main() -> None:
    folder, seconds = Path(sys.argv[1]), int(sys.argv[2])
    name = sys.argv[3] if len(sys.argv) > 3 else None
    # Whoever started this kills it in time. If that one dies, the kernel does it, whatever the project hangs in.
    signal.alarm(seconds + 1)
    # Children of the project do not inherit the copy, and closing the low descriptors does not close it.
    result_fd = fcntl.fcntl(RESULT_FD, fcntl.F_DUPFD_CLOEXEC, 100)
    os.close(RESULT_FD)
    try:
        result = inspect(folder, name)
    except Fault as fault:
        result = {"kind": fault.kind, "fault": str(fault), "detail": fault.detail}
    line = json.dumps(result).encode() + b"\n"
    while line:
        line = line[os.write(result_fd, line) :]
    os.close(result_fd)
    if "fault" not in result:
        compileall.compile_dir(folder, quiet=2)
    # The project may have left threads or exit handlers that never end.
    os._exit(0)


def inspect(folder: Path, given_name: str | None) -> dict[str, Any]:
    egg_settings = None if given_name is None else entry_point(folder)
    project_folder = folder if egg_settings else find_project(folder)
    config = read_config(project_folder / "scrapy.cfg")
    name = given_name or project_name(config)
    facts = {
        "name": name,
        "folder": "" if project_folder == folder else project_folder.name,
        "settingsModule": egg_settings or settings_module(config, name),
        **own_options(config),
    }
    os.chdir(project_folder)
    spiders, scrapy_version = load_spiders(name, facts["settingsModule"])
    return {**facts, "spiders": spiders, "scrapyVersion": scrapy_version}


def entry_point(folder: Path) -> str | None:
    """The settings module that an egg names; None if it is no egg."""
    points = folder / "EGG-INFO" / "entry_points.txt"
    if not points.parent.is_dir():
        return None
    if points.is_file():
        check_size(points)
    try:
        found = PathDistribution(points.parent).entry_points.select(group="scrapy", name="settings")
        module = next((point.module for point in found), None)
    except (AttributeError, ValueError):
        raise Fault('The egg\'s "entry_points.txt" is broken: it cannot be read.') from None
    if module is None and not (folder / "scrapy.cfg").is_file():
        raise Fault(
            'The egg does not say where its settings are: "EGG-INFO/entry_points.txt" has no "settings" in "[scrapy]", '
            'and there is no "scrapy.cfg".'
        )
    return module


def find_project(folder: Path) -> Path:
    """The folder of scrapy.cfg: the archive's root, or its only folder there."""
    if (folder / "scrapy.cfg").is_file():
        return folder
    folders = [
        entry
        for entry in sorted(folder.iterdir())
        if entry.is_dir() and entry.name != "__MACOSX" and not entry.name.startswith(".")
    ]
    if len(folders) == 1 and (folders[0] / "scrapy.cfg").is_file():
        return folders[0]
    if len(folders) == 1:
        raise Fault(f'The archive has no "scrapy.cfg", neither at its root nor in its folder {quote(folders[0].name)}.')
    raise Fault(f'The archive has no "scrapy.cfg" at its root, and "{len(folders)}" folders there instead of one.')


def read_config(path: Path) -> configparser.ConfigParser:
    config = configparser.ConfigParser()
    if not path.is_file():
        return config
    check_size(path)
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Fault('The project\'s "scrapy.cfg" is not valid UTF-8.') from None
    try:
        config.read_string(text)
    except configparser.MissingSectionHeaderError as error:
        raise broken(f"line {error.lineno}, {quote(error.line.strip())}, comes before any [section]") from None
    except configparser.DuplicateSectionError as error:
        raise broken(f"line {error.lineno} repeats the section {quote(error.section)}") from None
    except configparser.DuplicateOptionError as error:
        raise broken(f"line {error.lineno} repeats the option {quote(error.option)}") from None
    except configparser.ParsingError as error:
        # Python 3.13 has a kind of its own for one of these, with one line and no list of them.
        number = error.errors[0][0] if hasattr(error, "errors") else error.lineno
        line = text.splitlines()[number - 1].strip()
        raise broken(f"line {number}, {quote(line)}, is neither a section nor an option") from None
    return config


def check_size(path: Path) -> None:
    if path.stat().st_size > LARGEST_CONFIG_BYTES:
        raise Fault(f'The project\'s "{path.name}" is larger than {LARGEST_CONFIG_BYTES} bytes.')


def project_name(config: configparser.ConfigParser) -> str:
    name = option(config, "deploy", "project")
    if name is None:
        others = [section for section in config.sections() if section.startswith("deploy:")]
        hint = f"; sections such as {quote('[' + others[0] + ']')} are not read" if others else ""
        raise Fault(f'The project\'s "scrapy.cfg" has no option "project" in a section "[deploy]"{hint}.')
    if len(name) > LONGEST_NAME:
        raise Fault(f"The project's name {quote(name)} has more than {LONGEST_NAME} characters.")
    if name in ("", ".", "..") or re.search(r"[/\\\x00-\x1f\x7f-\x9f]", name):
        raise Fault(
            f'{quote(name)} in "scrapy.cfg" cannot be a project\'s name: '
            'it must not be empty, ".", ".." or hold slashes or control characters.'
        )
    return name


def settings_module(config: configparser.ConfigParser, name: str) -> str:
    # As the environment variable SCRAPY_PROJECT chooses for Scrapy's own commands.
    module = option(config, "settings", name) or option(config, "settings", "default")
    if not module:
        raise Fault('The project\'s "scrapy.cfg" has no option "default" in a section "[settings]".')
    return module


def own_options(config: configparser.ConfigParser) -> dict[str, bool | None]:
    """What the optional section [orbweaver] says; None where it is silent."""
    found: dict[str, bool | None] = dict.fromkeys(OWN_OPTIONS)
    if not config.has_section(OWN_SECTION):
        return found
    for key in config.options(OWN_SECTION):
        if key in config.defaults() or key in OWN_TEXTS:
            continue
        if key not in found:
            raise Fault(
                f'The project\'s "scrapy.cfg" has an unknown option {quote(key)} in "[{OWN_SECTION}]"; '
                f"there are {', '.join(OWN_OPTIONS + OWN_TEXTS)}."
            )
        text = option(config, OWN_SECTION, key) or ""
        value = config.BOOLEAN_STATES.get(text.lower())
        if value is None:
            raise Fault(f'The option "{key}" in "[{OWN_SECTION}]" of "scrapy.cfg" is {quote(text)}; say yes or no.')
        found[key] = value
    return found


def option(config: configparser.ConfigParser, section: str, key: str) -> str | None:
    try:
        return config.get(section, key) if config.has_option(section, key) else None
    except configparser.InterpolationError:
        raise broken(f'the option {quote(key)} in "[{section}]" has a "%" that must be written "%%"') from None


def load_spiders(name: str, module: str) -> tuple[list[str], str]:
    """The names of the spiders, by Scrapy's own means, and Scrapy's version."""
    os.environ.update(SCRAPY_PROJECT=name, SCRAPY_SETTINGS_MODULE=module)
    try:
        import scrapy
        from scrapy.utils.misc import load_object
        from scrapy.utils.project import get_project_settings
    except Exception as error:
        sentence = "Scrapy does not work in the Python environment of this project."
        raise Fault(sentence, traceback_end(error), kind="unavailable") from None

    # At the end, where Scrapy's commands put it: a project does not shadow what is installed.
    sys.path.append(str(Path.cwd().resolve()))
    settings = run_project(f"The project's settings module {quote(module)} cannot be imported", get_project_settings)

    def names() -> list[Any]:
        # Scrapy before 2.13 has no get_spider_loader; this is what it does.
        loader = load_object(settings.get("SPIDER_LOADER_CLASS")).from_settings(settings.frozencopy())
        return list(loader.list())

    found = run_project("The project's spiders cannot be loaded", names)
    for spider in found:
        check_spider_name(spider)
    if len(found) > MOST_SPIDERS:
        raise Fault(f'The project has "{len(found)}" spiders; at most {MOST_SPIDERS} are allowed.')
    return sorted(set(found)), scrapy.__version__


def run_project(what: str, code: Callable[[], Any]) -> Any:
    """Runs code of the project. Whatever it throws, even an exit, is a fault of the project."""
    try:
        return code()
    except BaseException as error:
        kind = "it calls sys.exit" if isinstance(error, SystemExit) else type(error).__name__
        raise Fault(f"{what}: {kind}.", traceback_end(error)) from None


def traceback_end(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)).rstrip()[-TRACEBACK_CHARACTERS:]


def check_spider_name(name: Any) -> None:
    if not isinstance(name, str) or not name:
        raise Fault(f"The project has a spider whose name is {quote(repr(name))}; it must be a text.")
    if len(name) > LONGEST_SPIDER_NAME or not name.isprintable():
        raise Fault(
            f"The project has a spider with the name {quote(name)}; it must have at most {LONGEST_SPIDER_NAME} "
            "characters, all of them printable."
        )


def broken(what: str) -> Fault:
    return Fault(f'The project\'s "scrapy.cfg" is broken: {what}.')


def quote(text: str) -> str:
    """In quotes, at most 100 characters, nothing that a terminal would act on."""
    short = text if len(text) <= 100 else text[:100] + "…"
    return '"' + "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in short) + '"'


if __name__ == "__main__":
    main()
