"""Which faults could the ledger have? Each is put into the running program of a test, and into no file."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from app.activities import record
from app.coupons import redemption, till
from app.database import Db, rows
from app.ledger import clawback, hold, posting, settle
from app.ledger.account import AccountState, EntryKind, LotState, Transfer
from app.orders import pricing
from app.requests import once
from app.rules.orders import OrderRefusal, PricedOrder, price_order
from tests.client import fresh
from tests.faults.fault import Fault, Seed, at_once, changed, nothing, replaced, the_check_sees
from tests.ledger import checkers

VERSION = "AND account.version = a.held_version"
UNTOUCHED = "AND account.xmin = a.touched_by::xid"


def written_so(old: str, new: str) -> Seed:
    """Redemptions written otherwise, alone or together."""
    return at_once(*(changed(redemption, name, old, new) for name in ("_WRITE", "_WRITE_TOGETHER")))


def nothing_swift(patch: pytest.MonkeyPatch) -> None:
    """Everything takes its locks."""

    async def never(*_: object) -> None:
        return None

    patch.setattr(once, "_swiftly", never)


def no_lock(patch: pytest.MonkeyPatch) -> None:
    for name in ("_HOLD", "_HOLD_OWN"):
        where, _, columns = getattr(hold, name).partition(" WHERE ")[2].partition("RETURNING")
        patch.setattr(hold, name, f"SELECT {columns} FROM account WHERE {where}")


def settled_twice(patch: pytest.MonkeyPatch) -> None:
    def twice(*given: Any) -> settle.Settlement:
        settlement = settle.settle(*given)
        return replace(settlement, movements=settlement.movements * 2)

    patch.setattr(hold, "settle", twice)


def ends_a_moment_off(seconds: int) -> Seed:
    def seed(patch: pytest.MonkeyPatch) -> None:
        def off(account: AccountState, lots: Sequence[LotState], *given: Any) -> settle.Settlement:
            later = [replace(lot, expires_at=lot.expires_at + timedelta(seconds=seconds)) for lot in lots]
            return settle.settle(account, later, *given)

        patch.setattr(hold, "settle", off)

    return seed


def not_stored(patch: pytest.MonkeyPatch) -> None:
    nothing_swift(patch)

    async def forgotten(db: Db, request_id: int, outcome: Any) -> None:
        await rows(db, "DELETE FROM request WHERE id = $1", request_id)

    patch.setattr(once, "close", forgotten)


class Forgetful(redemption.Spender):
    """Judges each redemption as if it was the first one."""

    def judge(self, wish: redemption.Wish, found: asyncpg.Record) -> Any:
        self._had.clear()
        return super().judge(wish, found)


def stored_elsewhere(call: once.Call, outcome: Any) -> dict[str, object]:
    return {**once.claim(call, outcome), "key": fresh("key")}


def anybodys_key(patch: pytest.MonkeyPatch) -> None:
    nothing_swift(patch)
    attempt = once._attempt

    async def attempt_for_anybody(call: once.Call, act: once.Act) -> Any:
        return await attempt(replace(call, principal="anybody"), act)

    patch.setattr(once, "_attempt", attempt_for_anybody)


def floored_per_line(patch: pytest.MonkeyPatch) -> None:
    def floored(*given: Any, **options: Any) -> PricedOrder | OrderRefusal:
        priced = price_order(*given, **options)
        if not isinstance(priced, PricedOrder):
            return priced
        return replace(priced, earning_net_minor=sum(line.net_minor // 100 * 100 for line in priced.lines))

    patch.setattr(pricing, "price_order", floored)


async def none_granted(*_: object) -> dict[tuple[str, str], int]:
    return {}


def nothing_repaid(*_: object, **__: object) -> tuple[()]:
    return ()


def without_an_end(*given: Any, due_at: object = None, **options: Any) -> posting.Posting:
    return posting.posting(*given, **options)


async def posted_without_an_end(*given: Any, due_at: object = None, **options: Any) -> AccountState:
    return await posting.post(*given, **options)


def debt_without_a_claim(patch: pytest.MonkeyPatch) -> None:
    """Forgets for which award a debt was made."""
    changes = posting._lot_changes

    def unclaimed(transfers: Sequence[Transfer]) -> list[dict[str, object]]:
        return changes([one if one.kind is not EntryKind.DEBT else replace(one, reclaims=None) for one in transfers])

    patch.setattr(posting, "_lot_changes", unclaimed)


FAULTS = (
    Fault(
        "an account is neither locked nor compared",
        at_once(nothing_swift, no_lock, changed(redemption, "_WRITE_HELD", VERSION, "")),
        checkers.processes_redeem_a_once_per_member_offer_once,
    ),
    Fault(
        "what a redemption leaves is forgotten by the next one",
        replaced(till, Spender=Forgetful),
        checkers.twenty_at_once_redeem_an_offer_as_often_as_it_may_be,
    ),
    Fault(
        "what was read is not compared",
        at_once(written_so(VERSION, ""), written_so(UNTOUCHED, "")),
        checkers.processes_redeem_a_once_per_member_offer_once,
    ),
    Fault(
        "what is no longer as it was read is written in part",
        written_so("only_if(", "true OR ("),
        checkers.processes_redeem_a_once_per_member_offer_once,
    ),
    Fault(
        "it is not compared who was last at the account",
        written_so(UNTOUCHED, ""),
        checkers.who_was_suspended_meanwhile_redeems_nothing,
    ),
    Fault(
        "what the stock has sold is not counted",
        written_so("(SELECT count(*) FROM sold) =", "0 <="),
        checkers.a_stock_is_sold_once,
    ),
    Fault("an account is not locked to settle", no_lock, checkers.a_member_settled_by_many_at_once_is_settled_once),
    Fault("an account is settled twice", settled_twice, checkers.a_member_settled_by_many_at_once_is_settled_once),
    Fault("points end a second late", ends_a_moment_off(1), checkers.points_end_with_their_last_day),
    Fault("points end a minute early", ends_a_moment_off(-60), checkers.points_end_with_their_last_day),
    Fault(
        "the latest points are spent first",
        changed(redemption, "_READ", "soonest AS (ORDER BY expires_at", "soonest AS (ORDER BY expires_at DESC"),
        checkers.the_soonest_ending_points_are_spent_first,
    ),
    Fault(
        "of points that end together the older lot is spent first",
        changed(redemption, "_READ", "ORDER BY expires_at, posted_at, id", "ORDER BY expires_at, id"),
        checkers.of_points_that_end_together_those_posted_first_are_spent_first,
    ),
    Fault(
        "the latest points are set apart first",
        changed(hold, "_USABLE", "ORDER BY expires_at", "ORDER BY expires_at DESC"),
        checkers.the_soonest_ending_points_are_set_apart_first,
    ),
    Fault("an answer is not stored", not_stored, checkers.a_request_sent_again_is_answered_again),
    Fault(
        "a swift answer is not stored",
        replaced(redemption, claim=stored_elsewhere),
        checkers.a_request_sent_again_is_answered_again,
    ),
    Fault("a key is anybody's", anybodys_key, checkers.a_key_belongs_to_its_principal),
    Fault(
        "a swift key is anybody's",
        changed(redemption, "_READ", "seen.principal = asked.principal AND", ""),
        checkers.a_key_belongs_to_its_principal,
    ),
    Fault("a debt is not repaid at once", replaced(record, repay=nothing_repaid), checkers.a_debt_is_repaid_first),
    Fault(
        "a debt is not repaid by what posts",
        replaced(settle, repay=nothing_repaid),
        checkers.a_debt_is_repaid_by_what_posts,
    ),
    Fault("an order is floored per line", floored_per_line, checkers.an_order_is_floored_once),
    Fault(
        "expired points are taken back",
        changed(clawback, "_LOT", "amount - reclaimed - expired", "amount - reclaimed"),
        checkers.expired_points_are_not_taken_back_as_well,
    ),
    Fault(
        "an activity does not follow its lots",
        replaced(hold, follow_lots=nothing),
        checkers.an_activity_shows_what_its_award_has_become,
    ),
    Fault(
        "what begins goes before what ends",
        replaced(settle, _EXPIRE=2, _POST=1),
        checkers.what_ends_goes_before_what_begins,
    ),
)

# What no member would notice for long.
SILENT_FAULTS = tuple(
    Fault(says, seed, the_check_sees(disagreement, checkers.a_little_of_everything))
    for says, seed, disagreement in (
        ("points end a second late, and nobody looks", ends_a_moment_off(1), "line does not stand at its instant"),
        (
            "an activity does not follow what is taken back",
            replaced(clawback, follow_lots=nothing),
            "activity does not show what its lots hold",
        ),
        (
            "nobody knows when points end",
            replaced(record, posting=without_an_end),
            "account would miss what the clock changes",
        ),
        ("what became debt is not noted", debt_without_a_claim, "what was clawed back is not what lots say"),
        (
            "a line names its first lot alone",
            at_once(
                changed(posting, "_POST", "USING (member_id, version)", "USING (member_id, version) WHERE ordinal = 1"),
                written_so("USING (member_id, version)", "USING (member_id, version) WHERE ordinal = 1"),
            ),
            "entry is not covered by its moves",
        ),
    )
)
