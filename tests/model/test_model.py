"""Does the software do what the programme says, over histories that Hypothesis makes up? A short proof of it.

`scripts/prove model` runs the same for as long as one likes.
"""

import ast
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from app.postgres import EmbeddedPostgres
from tests.conftest import TEMPLATE
from tests.model.machine import machine_of
from tests.model.running import WEIGHTS, prepare

ORACLE = sorted((Path(__file__).parent / "oracle").glob("*.py"))
SHORT = settings(
    max_examples=20,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
async def prepared(cluster: EmbeddedPostgres) -> EmbeddedPostgres:
    await prepare(cluster, TEMPLATE)
    return cluster


@pytest.mark.parametrize("path", ORACLE, ids=lambda path: path.stem)
def test_the_oracle_shares_no_code_with_the_software(path: Path) -> None:
    named = [
        alias.name if isinstance(node, ast.Import) else (node.module or "")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    ]

    assert [name for name in named if name.split(".")[0] == "app"] == []
    assert [name for name in named if name.startswith("tests") and not name.startswith("tests.model.oracle")] == []


def test_the_software_does_what_the_programme_says(prepared: EmbeddedPostgres) -> None:
    tally: Counter[tuple[str, str]] = Counter()

    run_state_machine_as_test(machine_of(prepared, tally), settings=SHORT)

    assert {kind for kind, _ in tally} == {*WEIGHTS, "opening"}
    assert tally.total() > 400
