"""On which line of a document does a key stand?"""

import re
from collections.abc import Mapping

Path = tuple[str | int, ...]

# Of a line without the space around it; no two parts may match the same, or a long line of spaces takes its cube.
HEADER = re.compile(r"(\[\[?)([^\[\]]+)\]\]?\s*(?:#.*)?$")
ASSIGNMENT = re.compile(r"([A-Za-z0-9_\-.\"' \t]+)=")


def spell(path: Path) -> str:
    """("offers", 0, "price_points") -> "offers[0].price_points"."""
    spelt = ""
    for part in path:
        spelt += f"[{part}]" if isinstance(part, int) else f".{part}" if spelt else part
    return spelt


def lines_of(document: str) -> Mapping[Path, int]:
    """The line (from 1) of every table header and every first assignment of a TOML document, by key path."""
    found: dict[Path, int] = {}
    elements: dict[Path, int] = {}  # of each array of tables: the number of its latest element
    table: Path = ()
    for number, line in enumerate(document.splitlines(), start=1):
        line = line.strip()
        if header := HEADER.match(line):
            table = _within_elements(_parts(header[2]), elements, new_element=header[1] == "[[")
            found.setdefault(table, number)
        elif assignment := ASSIGNMENT.match(line):
            found.setdefault(table + _parts(assignment[1]), number)
    return found


def nearest_line(path: Path, lines: Mapping[Path, int]) -> int | None:
    """The line of the path, or of the closest thing around it that has one."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


def _parts(dotted: str) -> Path:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _within_elements(names: Path, elements: dict[Path, int], *, new_element: bool) -> Path:
    path: Path = ()
    for name in names[:-1]:
        path += (name,)
        if path in elements:
            path += (elements[path],)
    path += names[-1:]
    if new_element:
        elements[path] = elements.get(path, -1) + 1
        path += (elements[path],)
    return path
