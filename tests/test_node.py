"""Does a test get what a script of the npm world prints, and are its packages pinned?"""

import json
from pathlib import Path

import pytest

from tests.node import run_node

NPM = Path(__file__).parents[1] / "scripts" / "npm"


def script(folder: Path, text: str) -> Path:
    """A script outside the tree of the packages."""
    path = folder / "script.mjs"
    path.write_text(text, encoding="utf-8")
    return path


async def test_a_script_finds_its_packages_and_says_what_it_was_given(tmp_path: Path) -> None:
    asks = script(
        tmp_path,
        'import { parse } from "graphql"; import { ClientError } from "graphql-request";'
        "console.log(parse(process.argv[2]).kind, typeof ClientError, process.env.GREETING)",
    )

    assert await run_node(asks, "{ me }", env={"GREETING": "hola"}) == "Document function hola\n"


async def test_a_script_that_fails_shows_all_that_it_printed(tmp_path: Path) -> None:
    fails = script(tmp_path, 'console.log("so far so good"); throw new Error("no further")')

    with pytest.raises(AssertionError, match=r"(?s)failed with 1.*so far so good.*no further"):
        await run_node(fails)


async def test_a_script_that_does_not_end_is_ended(tmp_path: Path) -> None:
    waits = script(tmp_path, 'console.log("waiting"); setInterval(() => {}, 1000)')

    with pytest.raises(AssertionError, match=r"not done in 1 s:\nwaiting"):
        await run_node(waits, timeout=1)


@pytest.mark.parametrize("folder", ["ide", "peers"])
def test_every_npm_package_is_pinned_by_its_content_and_comes_from_no_named_place(folder: str) -> None:
    wanted = json.loads((NPM / folder / "package.json").read_text("utf-8"))["dependencies"]
    packages = json.loads((NPM / folder / "package-lock.json").read_text("utf-8"))["packages"]

    for name, version in wanted.items():
        assert packages[f"node_modules/{name}"]["version"] == version
    pinned = [package for path, package in packages.items() if path]
    assert all(package["integrity"].startswith("sha512-") for package in pinned)
    assert not any("resolved" in package for package in pinned)
