"""Is the house kept as it was meant: rooms, sizes, first lines, nothing unfinished, nothing of one machine?"""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOP_LEVEL = {"README.md", "app", "pyproject.toml", "schema.graphql", "scripts", "tests"}
LONGEST_FILE = 300
LONGEST_FUNCTION = 60
LOCK = ROOT / "scripts" / "requirements.lock"

# Written in pieces, so that this file does not hold what it forbids.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|NotImplemented" r"Error)\b|pytest\.(skip|mark\.(skip|xfail))")
REGISTRIES = re.compile(r"py" r"pi\.org|python" r"hosted|registry\.n" r"pm|deb\.de" r"bian|ya" r"rnpkg")
MACHINE = re.compile(r"/wo" r"rk/|/ro" r"ot/|/ho" r"me/\w|/Us" r"ers/\w|/o" r"pt/\w")


def tracked() -> list[Path]:
    """Every file that is or would be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted(ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def modules(*folders: str) -> list[Path]:
    """The Python files that people write; migrations are as Tortoise writes them."""
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in paths if path.parent != ROOT / "app" / "migrations"]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lines_matching(pattern: re.Pattern[str], paths: list[Path]) -> Iterator[str]:
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if pattern.search(line):
                yield f"{named(path)}:{number}: {line.strip()}"


def test_the_top_level_holds_nothing_else() -> None:
    top = {path.relative_to(ROOT).parts[0] for path in tracked()}

    assert {name for name in top if not name.startswith(".")} <= TOP_LEVEL


@pytest.mark.parametrize("path", modules("app", "tests", "scripts"), ids=named)
def test_no_file_and_no_function_is_too_long(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert len(text.splitlines()) <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, f"{named(path)}: {node.name}"


@pytest.mark.parametrize("path", modules("app"), ids=named)
def test_each_module_says_first_which_question_it_answers(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    if path.name == "__init__.py":
        assert text == ""
    else:
        first = (ast.get_docstring(ast.parse(text)) or "").partition("\n\n")[0]
        assert text.startswith('"""')
        assert "?" in first, f"{named(path)} asks no question"


def test_every_package_has_its_empty_init() -> None:
    folders = {path.parent for path in modules("app")}

    assert [named(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_nothing_is_unfinished_or_skipped() -> None:
    assert list(lines_matching(UNFINISHED, modules("app", "tests", "scripts"))) == []


def test_no_registry_and_no_path_of_one_machine_is_named() -> None:
    paths = tracked()

    assert list(lines_matching(REGISTRIES, paths)) == []
    assert list(lines_matching(MACHINE, paths)) == []


def test_the_lock_file_pins_everything_with_hashes_and_names_no_place() -> None:
    text = LOCK.read_text(encoding="utf-8")
    pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]

    assert len(pins) > 50
    assert all(re.match(r"[a-z0-9-]+==\S+", pin) for pin in pins), [pin for pin in pins if "==" not in pin]
    assert text.count("--hash=sha256:") >= len(pins)
    assert all(f"{pin}\n    --hash=sha256:" in text for pin in pins)
    assert "://" not in text
    assert not re.search(r"^(-i|-f|-e|--index-url|--extra-index-url|--find-links)", text, re.MULTILINE)


def test_the_checks_include_the_direction_of_imports_types_and_style() -> None:
    run = (ROOT / "scripts" / "test").read_text(encoding="utf-8")

    assert all(tool in run for tool in ("ruff check", "ruff format --check", "mypy", "lint-imports", "pytest"))
    assert "scripts/test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
