"""Reads what an unpacked project says of itself before any of its code runs: its name, and the environment it needs.

    python -I project_facts.py FOLDER BASE [NAME [REQUIREMENTS]]

BASE is the text of the requirements that every environment meets unless a project's own name Scrapy. With NAME the
project is called so. With REQUIREMENTS, a file at the top of FOLDER, no others count. Prints one line of JSON: the
facts, or `{"fault": sentence}`. What is wrong with the rest of `scrapy.cfg` is left to the inspection to say; the name
is then null, and nothing is needed.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from inspect_project import OWN_SECTION, Fault, find_project, option, project_name, quote, read_config  # noqa: E402
from requirement_files import Requirements, read_pyproject, read_requirements  # noqa: E402


def main() -> None:
    folder, base = Path(sys.argv[1]).resolve(), sys.argv[2]
    given_name = sys.argv[3] if len(sys.argv) > 3 else None
    given_requirements = sys.argv[4] if len(sys.argv) > 4 else None
    found: dict[str, Any] = {"name": given_name}
    try:
        result = read(folder, base, found, given_requirements)
    except Fault as fault:
        result = {**found, "fault": str(fault)}
    except RecursionError:
        result = {**found, "fault": "The project's requirements name each other too deeply."}
    sys.stdout.buffer.write(json.dumps(result).encode() + b"\n")


def read(folder: Path, base: str, found_name: dict[str, Any], given_requirements: str | None) -> dict[str, Any]:
    """The facts; `found_name` gets the name as soon as it is known, for whoever tells a fault."""
    given_name = found_name["name"]
    nothing = {"name": given_name, "python": None, "requirements": None, "constraints": ""}
    try:
        project_folder = folder if is_egg(folder, given_name) else find_project(folder)
        config = read_config(project_folder / "scrapy.cfg")
        name = found_name["name"] = given_name or project_name(config)
    except Fault:
        # The inspection says what is wrong.
        return nothing
    own = {key: option(config, OWN_SECTION, key) for key in ("python", "requirements")}
    if own["python"] is not None and not re.fullmatch(r"3\.\d{1,3}", own["python"]):
        raise Fault(
            f'The option "python" in "[{OWN_SECTION}]" of "scrapy.cfg" is {quote(own["python"])}; '
            "give two numbers, such as 3.12."
        )
    found = (
        find_requirements(folder, project_folder, own["requirements"])
        if given_requirements is None
        else read_requirements(folder, folder, given_requirements)
    )
    facts = {**nothing, "name": name, "python": own["python"]}
    if found is None or not found.wanted:
        return facts
    if not found.name_scrapy():
        found.add_base(base)
    return {**facts, "requirements": found.text(), "constraints": found.constraints_text()}


def is_egg(folder: Path, given_name: str | None) -> bool:
    return given_name is not None and (folder / "EGG-INFO" / "entry_points.txt").is_file()


def find_requirements(folder: Path, project_folder: Path, named: str | None) -> Requirements | None:
    """Of several files the first counts: the one that is named, those beside `scrapy.cfg`, those at the top."""
    if named is not None:
        return read_requirements(folder, project_folder, named)
    places = dict.fromkeys((project_folder, folder))
    for place in places:
        if (place / "requirements.txt").is_file():
            return read_requirements(folder, place, "requirements.txt")
    for place in places:
        if (place / "pyproject.toml").is_file():
            return read_pyproject(place / "pyproject.toml")
    return None


if __name__ == "__main__":
    main()
