"""Is every seeded fault caught? `scripts/prove faults` runs them all, and tells which checker catches which.

It takes pytest's own arguments, such as `-k coupon`: faults that are left out by them are not told of.
"""

import re
import sys
from collections.abc import Iterable, Mapping

import click
import pytest

from tests.faults.fault import Fault
from tests.faults.roster import ROSTER

# The tests run in processes of their own: that this one has imported what it tells of does not matter to them.
ARGUMENTS = ("-m", "fault", "-q", "-n", "2", "--dist", "loadfile", "-W", "ignore::pytest.PytestAssertRewriteWarning")
_TEST = re.compile(r"(?P<module>.+)::test_(?P<kind>it_is_caught_that|without_a_fault_it_passes)\[(?P<of>.+)\]")

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


def table(found: Mapping[Fault, str]) -> list[str]:
    """A line for each fault: what it does, which checker must catch it, and whether it did."""
    says = max((len(fault.says) for fault in found), default=0)
    checker = max((len(fault.checker) for fault in found), default=0)
    return [f"{fault.says:{says}} | {fault.checker:{checker}} | {verdict}" for fault, verdict in found.items()]


def main(arguments: Iterable[str]) -> int:
    """0 when every fault that was seeded is caught; pytest says before why one is not."""
    outcome, given = Outcome(), list(arguments)
    ended = pytest.main([*ARGUMENTS, *given, "tests"], plugins=[outcome])
    found = verdicts(ROSTER, outcome.passed)
    caught = sum(verdict == "caught" for verdict in found.values())
    click.echo("\n".join(table(found)))
    click.echo(f"{caught} of {len(found)} seeded faults are caught; the roster has {len(ROSTER)}")
    whole = bool(given) or len(found) == len(ROSTER)
    return 0 if ended == 0 and whole and caught == len(found) > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
