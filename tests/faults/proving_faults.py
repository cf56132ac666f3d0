"""Is every seeded fault caught? `scripts/prove faults` runs them all, and tells which checker catches which.

It takes pytest's own arguments, such as `-k coupon`: faults that are left out by them are not told of.
"""

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace

import click
import pytest

from tests.faults.fault import Fault
from tests.faults.roster import ROSTER
from tests.model.faults import LATE, SOON

# The tests run in processes of their own: that this one has imported what it tells of does not matter to them.
ARGUMENTS = ("-m", "fault", "-q", "-n", "2", "--dist", "loadfile", "-W", "ignore::pytest.PytestAssertRewriteWarning")
WHERE = ("tests", "tests/model/late_faults.py")
_BY_THE_MODEL = "the_model_finds_that"
_KINDS = f"it_is_caught_that|without_a_fault_it_passes|{_BY_THE_MODEL}"
_TEST = re.compile(rf"(?P<module>.+)::test_(?P<kind>{_KINDS})\[(?P<of>.+)\]")

Outcomes = Mapping[str, bool]


class Outcome:
    """Notes of each test whether it passed, set-up and all; a plugin of pytest."""

    def __init__(self) -> None:
        self.passed: dict[str, bool] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.passed[report.nodeid] = report.passed and self.passed.get(report.nodeid, True)


def verdicts(roster: Iterable[Fault], passed: Outcomes) -> dict[Fault, str]:
    """Of each fault whose test ran: "caught", or what is wrong with it."""
    ran = {(match["of"], match["kind"]): node for node in passed if (match := _TEST.fullmatch(node))}
    found: dict[Fault, str] = {}
    for fault in roster:
        node = ran.get((fault.says, "it_is_caught_that"))
        if node is None:
            continue
        sound = node.replace(f"it_is_caught_that[{fault.says}]", f"without_a_fault_it_passes[{fault.checker}]")
        if not passed[node]:
            found[fault] = "NOT CAUGHT"
        else:
            found[fault] = "caught" if passed.get(sound) else "ITS CHECKER FAILS WITHOUT IT"
    return found


def found_by_the_model(passed: Outcomes) -> dict[Fault, str]:
    """The same of those faults that the model must find by its own steps."""
    ran = {match["of"]: node for node in passed if (match := _TEST.fullmatch(node)) and match["kind"] == _BY_THE_MODEL}
    return {
        replace(fault, caught_by=the_model): "caught" if passed[ran[fault.says]] else "NOT CAUGHT"
        for fault in (*SOON, *LATE)
        if fault.says in ran
    }


async def the_model(_: object) -> None:
    """Stands in the table for `tests.model.faults.disagreement`."""


def table(found: Mapping[Fault, str]) -> list[str]:
    """A line for each fault: what it does, which checker must catch it, and whether it did."""
    says = max((len(fault.says) for fault in found), default=0)
    checker = max((len(fault.checker) for fault in found), default=0)
    return [f"{fault.says:{says}} | {fault.checker:{checker}} | {verdict}" for fault, verdict in found.items()]


def main(arguments: Iterable[str]) -> int:
    """0 when every fault that was seeded is caught; pytest says before why one is not."""
    outcome, given = Outcome(), list(arguments)
    ended = pytest.main([*ARGUMENTS, *given, *WHERE], plugins=[outcome])
    found, by_the_model = verdicts(ROSTER, outcome.passed), found_by_the_model(outcome.passed)
    click.echo("\n".join(table(found | by_the_model)))
    told = [_summary(found, len(ROSTER)), f"by the model: {_summary(by_the_model, len(SOON) + len(LATE))}"]
    click.echo("\n".join(told))
    whole = bool(given) or (len(found), len(by_the_model)) == (len(ROSTER), len(SOON) + len(LATE))
    return 0 if ended == 0 and whole and {*found.values(), *by_the_model.values()} == {"caught"} else 1


def _summary(found: Mapping[Fault, str], all_of_them: int) -> str:
    caught = sum(verdict == "caught" for verdict in found.values())
    return f"{caught} of {len(found)} seeded faults are caught; there are {all_of_them}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
