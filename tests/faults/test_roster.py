"""Is the roster of seeded faults whole, and would a fault that nobody catches be told?"""

from collections import Counter

import pytest

from app.database import Db
from app.ledger import hold
from tests.faults.fault import Fault, at_once, changed
from tests.faults.proving_faults import found_by_the_model, table, verdicts
from tests.faults.roster import ROSTER
from tests.model.faults import SOON

LEAST = 100


def test_the_roster_is_long_and_each_fault_is_another_one() -> None:
    twice = [says for says, times in Counter(fault.says for fault in ROSTER).items() if times > 1]

    assert len(ROSTER) >= LEAST
    assert twice == []


def test_each_fault_is_a_sentence_and_names_its_checker() -> None:
    for fault in ROSTER:
        assert fault.says.isascii() and fault.says.isprintable() and len(fault.says.split()) >= 3, fault.says
        assert len(fault.checker.split()) >= 3, fault.checker


async def looks_at_nothing(_: Db) -> None:
    """A checker that sees no fault."""


async def is_mistyped(_: Db) -> None:
    raise KeyError("a name that is not there")


async def test_a_fault_that_its_checker_does_not_see_is_told(db: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        await Fault("nobody sees it", at_once(), looks_at_nothing).is_caught(db, monkeypatch)


async def test_a_fault_that_cannot_even_run_is_not_taken_for_a_caught_one(
    db: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AssertionError, match="broken"):
        await Fault("it names what is not there", at_once(), is_mistyped).is_caught(db, monkeypatch)


def test_a_statement_that_has_changed_since_makes_its_fault_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError, match="no longer"):
        changed(hold, "_HOLD", "words that are not in it", "")(monkeypatch)


def test_a_fault_counts_as_caught_only_where_its_checker_passes_without_it() -> None:
    faults = [Fault(f"fault number {number}", at_once(), looks_at_nothing) for number in range(4)]
    caught = "tests/{0}.py::test_it_is_caught_that[fault number {0}]"
    sound = "tests/{0}.py::test_without_a_fault_it_passes[looks at nothing]"
    passed = {caught.format(0): True, caught.format(1): False, caught.format(2): True}
    passed |= {sound.format(0): True, sound.format(1): True, sound.format(2): False}

    found = verdicts(faults, passed)

    assert table(found) == [
        "fault number 0 | looks at nothing | caught",
        "fault number 1 | looks at nothing | NOT CAUGHT",
        "fault number 2 | looks at nothing | ITS CHECKER FAILS WITHOUT IT",
    ]


def test_what_the_model_must_find_is_told_apart() -> None:
    first, second = SOON[:2]
    sought = "tests/model.py::test_the_model_finds_that[{}]"

    found = found_by_the_model({sought.format(first.says): True, sought.format(second.says): False})

    assert [(fault.says, fault.checker, verdict) for fault, verdict in found.items()] == [
        (first.says, "the model", "caught"),
        (second.says, "the model", "NOT CAUGHT"),
    ]
