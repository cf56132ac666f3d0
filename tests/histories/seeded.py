"""Which faults could a gateway have that only a history shows? `python -m tests.histories.seeded NAME serve ...`.

Each is put into a gateway process of a test before it serves, and into no file. The checks named must find it.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic

import pytest

from app import cli
from app.api import context
from app.coupons import redemption
from app.database import transaction
from app.members.store import Moment, read_moment
from app.requests import once
from app.requests.outcome import Outcome
from tests.ledger.faults import not_stored, nothing_swift, replaced, stored_elsewhere

EVERY = 6  # which request is done badly, counted in each process
STALE_S = 0.5
GAP_S = 0.02  # between an effect and its outcome, where they are stored apart


@dataclass(frozen=True)
class Seeded:
    """A fault, and the checks of which at least one must find it."""

    seed: Callable[[pytest.MonkeyPatch], None]
    found_by: frozenset[str]


class NotDone(Exception):
    """Undoes a transaction whose outcome is told all the same."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("undone")
        self.outcome = outcome


def told_and_undone(patch: pytest.MonkeyPatch) -> None:
    """Some requests are acknowledged, and their transaction is not committed."""
    nothing_swift(patch)
    attempt, asked = once._attempt, iter(range(sys.maxsize))

    async def attempt_in_vain(call: once.Call, act: once.Act) -> Outcome:
        if call.mutation.startswith("launch") or next(asked) % EVERY:
            return await attempt(call, act)
        try:
            async with transaction():
                raise NotDone(await attempt(call, act))
        except NotDone as undone:
            return undone.outcome

    patch.setattr(once, "_attempt", attempt_in_vain)


def stored_apart(patch: pytest.MonkeyPatch) -> None:
    """What a request does is committed before its outcome is stored: who dies in between does it twice."""
    nothing_swift(patch)

    async def attempt_in_two(call: once.Call, act: once.Act) -> Outcome:
        found = await once.find(call.principal, call.key)
        if found is not None:
            return found.outcome
        try:
            async with transaction() as db:
                outcome = await act(db, monotonic_id())
                if outcome.errors:
                    raise NotDone(outcome)
        except NotDone as refusal:
            return await once._store_refusal(call, refusal.outcome)
        await asyncio.sleep(GAP_S)
        async with transaction() as db:
            request_id = await once._claim(db, call)
            if request_id is None:
                return await once._again(db, call)
            await once.close(db, request_id, outcome)
        return outcome

    patch.setattr(once, "_attempt", attempt_in_two)


def monotonic_id() -> int:
    """A number that causes are named by, where a request has none yet."""
    return int(monotonic() * 1_000_000)


def remembered_balances(patch: pytest.MonkeyPatch) -> None:
    """Who asks is read once in a while, and remembered meanwhile."""
    known: dict[str | None, tuple[float, asyncio.Future[Moment]]] = {}

    def remembered(mi_account_id: str | None) -> asyncio.Future[Moment]:
        if mi_account_id not in known or known[mi_account_id][0] < monotonic() - STALE_S:
            known[mi_account_id] = monotonic(), read_moment(mi_account_id)
        return known[mi_account_id][1]

    patch.setattr(context, "read_moment", remembered)


FAULTS: Mapping[str, Seeded] = {
    "an answer is not stored": Seeded(not_stored, frozenset(("acknowledged_and_lost", "never_acknowledged"))),
    "a swift answer is not stored": Seeded(
        replaced(redemption, claim=stored_elsewhere), frozenset(("told_differently", "never_acknowledged"))
    ),
    "told, and undone": Seeded(told_and_undone, frozenset(("acknowledged_and_lost",))),
    "stored apart": Seeded(stored_apart, frozenset(("told_differently", "never_acknowledged"))),
    "balances are remembered": Seeded(remembered_balances, frozenset(("untrue_looks",))),
}


def main() -> None:
    """Seeds the fault that the first argument names, then is `mipoints` with the others."""
    name, *rest = sys.argv[1:]
    FAULTS[name].seed(pytest.MonkeyPatch())
    sys.argv = ["mipoints", *rest]
    cli.main()


if __name__ == "__main__":
    main()
