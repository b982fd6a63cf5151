"""Runs one spider as `scrapy crawl` would."""

from __future__ import annotations

import argparse
import inspect
import os
import shlex
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import scrapy.crawler
from scrapy.commands import ScrapyCommand
from scrapy.commands.crawl import Command as CrawlCommand
from scrapy.exceptions import UsageError
from scrapy.settings import BaseSettings, Settings
from scrapy.utils.conf import init_env
from scrapy.utils.project import get_project_settings

from . import reporter
from .run import Run
from .run_records import RunRecords

_ASYNCIO_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"


def crawl(run: Run, records: RunRecords) -> int:
    """Crawls, in the present folder and environment. Returns the exit code of `scrapy crawl`.

    Through Scrapy's command rather than its command line: a value may then be anything, also `-x` or a line break.
    """
    settings = _settings(run, records)
    command = _command_class(settings)()
    settings.setdict(command.default_settings, priority="command")
    command.settings = settings
    try:
        options = _options(run, command, settings)
        records.logs.use_level(settings["LOG_LEVEL"])
        command.crawler_process = _process_class(settings)(settings)
        command.run([run.spider], options)
    except UsageError as error:
        records.logs.note(str(error))
        print(error, file=sys.stderr)
        return 2
    finally:
        reporter.finish_reports()
    return command.exitcode


def _settings(run: Run, records: RunRecords) -> Settings:
    # Puts the project on the path, which older versions do only if no settings module is set; and then they set it.
    init_env()
    os.environ["SCRAPY_SETTINGS_MODULE"] = run.settings_module
    settings = get_project_settings()
    # The run's stderr is its log, whatever the project or the spider says; only the request may want another.
    settings.setdict({"LOG_FILE": None, **run.settings}, priority="cmdline")
    reporter.report_to(records, Path(run.stats))
    extensions = settings["EXTENSIONS_BASE"]
    # Added to the base in place: EXTENSIONS stays the project's, and a spider that replaces it loses nothing.
    if isinstance(extensions, BaseSettings):
        extensions.set(reporter.PATH, 0, priority="default")
    return settings


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.format_usage()}{self.prog}: error: {message}")

    def _parse_optional(self, arg_string: str) -> Any:
        # As for Scrapy's command line, `-:json` is where to write, and not an option.
        return None if arg_string.startswith("-:") else super()._parse_optional(arg_string)


def _options(run: Run, command: ScrapyCommand, settings: Settings) -> argparse.Namespace:
    """The options of `cmd_args`; what the run itself says goes before them.

    :raises UsageError: if one of them is wrong.
    """
    if run.cmd_args or type(command) is not CrawlCommand:
        options = _parsed(run.cmd_args, command)
    else:
        options = no_options()
    command.process_options([run.spider], options)
    given = getattr(options, "spargs", None)
    options.spargs = {**(given if isinstance(given, dict) else {}), **run.args}
    settings.setdict(run.settings, priority="cmdline")
    return options


def _parsed(cmd_args: str, command: ScrapyCommand) -> argparse.Namespace:
    parser = _Parser(prog="scrapy crawl", usage=f"scrapy crawl {command.syntax()}", conflict_handler="resolve")
    command.add_options(parser)
    try:
        arguments = shlex.split(cmd_args)
    except ValueError as error:
        raise UsageError(f"The options {cmd_args!r} cannot be split as a shell does: {error}.") from None
    return parser.parse_args(arguments)


@cache
def no_options() -> argparse.Namespace:
    """What Scrapy's own command has without any; found out in the host, where its forks share it."""
    command = CrawlCommand()
    # Only the texts of its help depend on them.
    command.settings = Settings()
    return _parsed("", command)


def _command_class(settings: Settings) -> type[ScrapyCommand]:
    """The project's own `crawl` command, if it has one."""
    folder = settings["COMMANDS_MODULE"]
    if not folder:
        return CrawlCommand
    name = f"{folder}.crawl"
    try:
        module = import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return CrawlCommand
    for value in vars(module).values():
        if inspect.isclass(value) and issubclass(value, ScrapyCommand) and value.__module__ == name:
            return value
    return CrawlCommand


def _process_class(settings: Settings) -> Any:
    """The choice that Scrapy's command line makes; before Scrapy 2.13 there was none."""
    asynchronous = getattr(scrapy.crawler, "AsyncCrawlerProcess", None)
    if asynchronous is None:
        return scrapy.crawler.CrawlerProcess
    reactorless = "TWISTED_REACTOR_ENABLED" in settings and not settings.getbool("TWISTED_REACTOR_ENABLED")
    asyncio_reactor = settings["TWISTED_REACTOR"] == _ASYNCIO_REACTOR and not settings.getbool("FORCE_CRAWLER_PROCESS")
    return asynchronous if reactorless or asyncio_reactor else scrapy.crawler.CrawlerProcess
