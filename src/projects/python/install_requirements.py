"""Makes a virtual environment with requirements in it: by uv where it is on the PATH, else by pip."""

import ast
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from installer_output import INVALID, Failure, run, say

#: For an index that does not answer; pip's own variables go before.
PATIENCE = {"PIP_DEFAULT_TIMEOUT": "10", "PIP_RETRIES": "1", "UV_HTTP_TIMEOUT": "10", "UV_HTTP_RETRIES": "1"}
VENV_FAILED = "The virtual environment could not be made"
INSTALL_FAILED = "The requirements could not be installed"
#: Of those that requirements may have, uv does not heed these.
ONLY_PIP = re.compile(r"^--(pre|prefer-binary|require-hashes|trusted-host|use-feature)\b|\s--config-settings\b", re.M)
OWN_INDEX = re.compile(r"^--(index-url|no-index)\b", re.M)


@dataclass(frozen=True)
class Wanted:
    """What is to be in an environment, and where it comes from."""

    #: Text of a pip requirements file.
    requirements: str = ""
    #: Text of a pip constraints file.
    constraints: str = ""
    #: URL of the package index; None: as pip is configured.
    index: str | None = None
    #: Folder of packages; without an index these are all there are.
    wheels: str | None = None


def install(folder: Path, wanted: Wanted, lock: int) -> None:
    """Makes the environment in an empty folder."""
    if not wanted.requirements.strip():
        # Only an installation needs pip, and pip takes most of the time that a virtual environment takes.
        run([sys.executable, "-m", "venv", "--without-pip", folder], lock, VENV_FAILED)
        return
    arguments: list[str | Path] = []
    for option, text in (("-r", wanted.requirements), ("-c", wanted.constraints)):
        if text.strip():
            path = folder / ("requirements.txt" if option == "-r" else "constraints.txt")
            # Addresses in it may have passwords, and the environment can be read by all.
            path.touch(mode=0o600)
            path.write_text(text, encoding="utf-8")
            arguments += [option, path]
    if wanted.wheels is not None:
        if not Path(wanted.wheels).is_dir():
            raise Failure(f'The folder "{wanted.wheels}", which the setting "wheels" names, is not there.')
        arguments += ["--find-links", wanted.wheels]
        if wanted.index is None:
            arguments.append("--no-index")
    uv = find_uv(wanted)
    if uv is None:
        by_pip(folder, wanted, arguments, lock)
    else:
        by_uv(uv, folder, wanted, arguments, lock)


def by_pip(folder: Path, wanted: Wanted, arguments: list[str | Path], lock: int) -> None:
    python = folder / "bin" / "python"
    seeds = seed_wheels()
    run([sys.executable, "-m", "venv", *(["--without-pip"] if seeds else []), folder], lock, VENV_FAILED)
    if seeds:
        # As `venv` does it, but without compiling, which comes for everything at the end.
        own = [python, "-I", seeds[0] / "pip", "install", "--no-compile", "--no-deps", "--no-index"]
        run([*own, "--disable-pip-version-check", *seeds], lock, VENV_FAILED)
    pip: list[str | Path] = [python, "-I", "-m", "pip", "install"]
    pip += ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--no-compile"]
    variables = {**PATIENCE, **os.environ}
    if wanted.index is not None:
        # Not as an argument: it may hold a password, and everybody can see command lines.
        variables["PIP_INDEX_URL"] = wanted.index
        insecure = re.match(r"http://(?:[^/@]*@)?([^/]+)", wanted.index)
        if insecure:
            variables["PIP_TRUSTED_HOST"] = insecure[1]
    run([*pip, *arguments], lock, INSTALL_FAILED, kind=INVALID, show=True, env=variables)


def by_uv(uv: str, folder: Path, wanted: Wanted, arguments: list[str | Path], lock: int) -> None:
    """As pip does it: what a virtual environment begins with, pip's configuration, and the best of all indexes."""
    run([sys.executable, "-m", "venv", "--without-pip", folder], lock, VENV_FAILED)
    python = folder / "bin" / "python"
    # Copies: an environment shares no file with uv's cache.
    command = [uv, "pip", "install", "--python", python, "--no-progress", "--color", "never", "--link-mode", "copy"]
    seeds = seed_wheels()
    run([*command, "--offline", "--no-deps", "--no-index", *seeds], lock, VENV_FAILED)
    variables = {**PATIENCE, **os.environ}
    if wanted.index is not None:
        variables["UV_DEFAULT_INDEX"] = wanted.index
    links = take_pip_configuration(pip_configuration(python), variables)
    if OWN_INDEX.search(wanted.requirements):
        for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL"):
            variables.pop(name, None)
    say(f"Installing with {uv}")
    options = ["--index-strategy", "unsafe-best-match", "--no-config"]
    run([*command, *options, *links, *arguments], lock, INSTALL_FAILED, kind=INVALID, show=True, env=variables)


def find_uv(wanted: Wanted) -> str | None:
    """The uv on the PATH, if it runs (a version manager's shim may not) and can do what is wanted."""
    uv = shutil.which("uv")
    if uv is None or ONLY_PIP.search(wanted.requirements) or not seed_wheels():
        return None
    try:
        version = subprocess.run([uv, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return uv if version.returncode == 0 else None


def seed_wheels() -> list[Path]:
    """The wheels that `venv` installs, which Python brings along."""
    own = Path(str(files("ensurepip"))) / "_bundled"
    system = sysconfig.get_config_var("WHEEL_PKG_DIR")
    folder = Path(system) if system and not own.is_dir() else own
    names = ["pip"] if sys.version_info >= (3, 12) else ["pip", "setuptools"]
    found = [sorted(folder.glob(f"{name}-*.whl"))[-1:] for name in names]
    return [wheel for wheels in found for wheel in wheels] if all(found) else []


def pip_configuration(python: Path) -> dict[str, str]:
    """What pip's configuration files and variables say for `pip install`."""
    listing = subprocess.run(
        [python, "-I", "-m", "pip", "config", "list"], stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    said: dict[str, str] = {}
    # The later counts.
    for section in ("global", "install", ":env:"):
        for line in listing.stdout.splitlines():
            name, _, value = line.partition("=")
            if name.startswith(f"{section}."):
                said[name.removeprefix(f"{section}.")] = str(ast.literal_eval(value))
    return said


def take_pip_configuration(said: dict[str, str], variables: dict[str, str]) -> list[str | Path]:
    """Puts what pip is configured with into uv's variables, where these are silent. Gives the options for the rest."""
    if "index-url" in said and "UV_INDEX_URL" not in variables:
        variables.setdefault("UV_DEFAULT_INDEX", said["index-url"])
    if "extra-index-url" in said:
        variables.setdefault("UV_EXTRA_INDEX_URL", " ".join(said["extra-index-url"].split()))
    if "cert" in said:
        variables.setdefault("SSL_CERT_FILE", said["cert"])
    options: list[str | Path] = []
    for link in said.get("find-links", "").split():
        options += ["--find-links", link]
    for host in said.get("trusted-host", "").split():
        options += ["--allow-insecure-host", host]
    if said.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        options.append("--no-index")
    return options
