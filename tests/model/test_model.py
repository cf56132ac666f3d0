"""Does the software do what the programme says, over histories that Hypothesis makes up? A short proof of it.

`scripts/prove model` runs the same for as long as one likes.
"""

import ast
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from app.postgres import EmbeddedPostgres
from tests.model.machine import machine_of
from tests.model.proving_model import LONG, lines, not_reached
from tests.model.running import WEIGHTS, Report
from tests.model.states import STATES

ORACLE = sorted((Path(__file__).parent / "oracle").glob("*.py"))
MOST_MISSED = 8  # of some 50 kinds of deeds, in so short a proof; `scripts/prove model` misses none
SHORT = settings(
    max_examples=20,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    print_blob=True,
    phases=(Phase.generate, Phase.shrink),  # explaining would trace each line of each step
    suppress_health_check=list(HealthCheck),
)


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

    assert len(WEIGHTS.keys() - {kind for kind, _ in tally}) <= MOST_MISSED
    assert tally.total() > 400


def test_a_long_run_tells_what_it_has_never_reached() -> None:
    reached = Report(steps=LONG, tally=Counter((kind, "done") for kind in WEIGHTS), states=Counter(STATES.keys()))

    assert not_reached(reached) == []
    assert not_reached(replace(reached, tally=reached.tally - Counter([("capture late", "done")]))) == ["capture late"]
    assert not_reached(replace(reached, states=reached.states - Counter(["a debt"]))) == ["a debt"]
    assert "disagreements: 0" in lines(reached)
