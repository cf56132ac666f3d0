"""Does the one writer of points leave balances, versions, moves, lots and the hash chain as they should be?"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from app.database import Db, one, rows, transaction, value
from app.ledger.account import AccountState, Bucket, EntryKind, Movement, NoticeDraft, Transfer
from app.ledger.hold import hold, take
from app.ledger.posting import LedgerConflict, post
from app.rules.text import JsonScalar, Text
from tests.ledger.makers import (
    START,
    Person,
    balances,
    bought,
    clawed_back,
    clock_at,
    enrolled,
    entries,
    logged_in,
    lots,
    redeemed,
    statement,
    tapped,
)

FIGURES = """
SELECT (SELECT count(*) FROM entry) AS entries, (SELECT count(*) FROM move) AS moves,
       (SELECT count(*) FROM operation) AS operations, (SELECT sum(remaining) FROM lot) AS remaining,
       (SELECT sum(version) FROM account) AS versions, (SELECT count(*) FROM notice) AS notices
"""


async def rich(person: Person) -> None:
    await logged_in(person)
    await tapped(person)
    await bought(person, 29, delivered=True)
    await redeemed(person, 85)


async def spend(
    person: Person, points: int, cause: str, seen: Callable[[AccountState], AccountState] = lambda account: account
) -> None:
    """Post a plain redemption with a notice, of the account as it is `seen`."""
    async with transaction() as db:
        held = await hold(db, person.id)
        moves = await take(db, person.id, points)
        line = Transfer(EntryKind.REDEEM, Bucket.AVAILABLE, Bucket.REDEEMED, points, held.at, moves=moves)
        told = NoticeDraft("ADJUSTED", held.at, points)
        await post(db, seen(held.account), [Movement(cause, (line,))], notices=[told])


async def test_each_line_has_the_balances_after_it_and_the_account_those_of_the_last(db: Db) -> None:
    person = await enrolled()

    await rich(person)

    lines = await entries(person)
    assert [(e["kind"], e["source"], e["target"], e["points"]) for e in lines] == [
        ("EARN", "ISSUED", "AVAILABLE", 50),
        ("EARN", "ISSUED", "AVAILABLE", 30),
        ("EARN", "ISSUED", "AVAILABLE", 10),
        ("EARN", "ISSUED", "PENDING", 29),
        ("POST", "PENDING", "AVAILABLE", 29),
        ("REDEEM", "AVAILABLE", "REDEEMED", 85),
    ]
    after = [(e["pending_after"], e["available_after"]) for e in lines]
    assert after == [(0, 50), (0, 80), (0, 90), (29, 90), (0, 119), (0, 34)]
    assert {(e["reserved_after"], e["debt_after"]) for e in lines} == {(0, 0)}
    account = await one(db, "SELECT * FROM account WHERE member_id = $1", person.id)
    assert (account["pending"], account["available"], account["version"]) == (0, 34, 6)
    assert account["last_at"] == lines[-1]["at"]


async def test_versions_have_no_gap_and_instants_never_go_back(db: Db) -> None:
    person = await enrolled()

    await rich(person)
    await clock_at(START + timedelta(days=500))
    await balances(person)

    lines = await entries(person)
    assert [line["version"] for line in lines] == list(range(1, len(lines) + 1))
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)


async def test_each_line_seals_all_the_lines_before_it(db: Db) -> None:
    people = [await enrolled(), await enrolled()]
    for person in people:
        await rich(person)

    for person in people:
        sealed = b""
        for line in await rows(
            db, "SELECT hash, entry_text(entry) AS said FROM entry WHERE member_id = $1 ORDER BY version", person.id
        ):
            sealed = hashlib.sha256(sealed + line["said"].encode()).digest()
            assert line["hash"] == sealed


async def test_the_seal_covers_every_fact_of_a_line(db: Db) -> None:
    await redeemed(await enrolled(), 50)
    columns = await rows(db, "SELECT attname FROM pg_attribute WHERE attrelid = 'entry'::regclass AND attnum > 0")
    words = {"kind": "FORFEIT", "source": "RESERVED", "target": "FORFEITED", "reason": "REVIEW_REJECTED"}
    others: dict[str, object] = {**words, "at": "2026-03-01T09:00:00.000001Z", "facts": {"note": "x"}}
    said = "SELECT entry_text(jsonb_populate_record(e, $1::jsonb)) FROM entry e WHERE kind = 'REDEEM'"

    unsaid = [
        name
        for name in (column["attname"] for column in columns)
        if await value(db, said, {name: others.get(name, 987_654)}) == await value(db, said, {})
        and name not in ("id", "hash")
    ]

    assert unsaid == []


async def test_a_movement_is_one_operation_whose_moves_name_the_lots_in_the_order_of_taking(db: Db) -> None:
    person = await enrolled()
    await logged_in(person)

    outcome = await redeemed(person, 60)

    operation = await one(db, "SELECT * FROM operation WHERE cause = $1", f"redeem/{outcome.coupon_id}")
    moved = await rows(
        db,
        "SELECT lot_id, move.points, ordinal FROM move JOIN entry ON entry.id = entry_id WHERE operation_id = $1"
        " ORDER BY ordinal",
        operation["id"],
    )
    registration, login = await lots(person)
    assert [tuple(move) for move in moved] == [(registration["id"], 50, 1), (login["id"], 10, 2)]
    assert (registration["remaining"], registration["consumed"]) == (0, 50)
    assert (login["remaining"], login["consumed"]) == (20, 10)


async def test_a_line_keeps_its_reason_as_a_code_with_facts(db: Db) -> None:
    person = await enrolled()
    facts: dict[str, JsonScalar] = {"note": "ñ €", "kept_minor": 5, "whole": True, "none": None}
    (lot,) = await lots(person)

    async with transaction() as writing:
        held = await hold(writing, person.id)
        line = Transfer(
            EntryKind.REDEEM,
            Bucket.AVAILABLE,
            Bucket.REDEEMED,
            50,
            held.at,
            moves=((lot["id"], 50),),
            reason=Text("ACCOUNT_CLOSED", facts),
        )
        await post(writing, held.account, [Movement("spent/with a reason", (line,), actor="staff-7")])

    written = (await entries(person))[-1]
    assert (written["reason"], written["facts"]) == ("ACCOUNT_CLOSED", facts)
    assert await value(db, "SELECT actor FROM operation WHERE cause = 'spent/with a reason'") == "staff-7"


async def test_points_of_another_award_that_pay_for_a_clawback_are_spent_not_withdrawn(db: Db) -> None:
    person = await enrolled()
    await logged_in(person)
    await redeemed(person, 50)
    registration, login = await lots(person)

    await clawed_back(person, registration["id"], 50)

    registration, login = await lots(person)
    assert (registration["withdrawn"], registration["reclaimed"], registration["consumed"]) == (0, 50, 50)
    assert (login["withdrawn"], login["reclaimed"], login["consumed"]) == (0, 0, 30)
    assert await statement(person) == [
        ("EARN", 50),
        ("EARN", 30),
        ("REDEEM", 50),
        ("CLAWBACK", 30),
        ("DEBT", 20),
    ]


async def test_nothing_to_write_writes_nothing(db: Db) -> None:
    person = await enrolled()
    before = tuple(await one(db, FIGURES))

    async with transaction() as writing:
        held = await hold(writing, person.id)
        assert await post(writing, held.account, []) is held.account

    assert tuple(await one(db, FIGURES)) == before


async def test_a_cause_moves_points_once(db: Db) -> None:
    person = await enrolled()
    await spend(person, 10, "spent/again")
    before = tuple(await one(db, FIGURES))

    with pytest.raises(asyncpg.UniqueViolationError, match="operation_cause"):
        await spend(person, 10, "spent/again")

    assert tuple(await one(db, FIGURES)) == before


@pytest.mark.parametrize("behind", [1, 2, -1])
async def test_a_writer_who_does_not_know_the_last_line_changes_nothing(db: Db, behind: int) -> None:
    person = await enrolled()
    await logged_in(person)
    await tapped(person)
    before = tuple(await one(db, FIGURES))

    with pytest.raises((LedgerConflict, asyncpg.IntegrityConstraintViolationError)):
        await spend(person, 10, f"spent/{behind}", lambda account: replace(account, version=account.version - behind))

    assert tuple(await one(db, FIGURES)) == before


async def test_a_writer_who_believes_in_more_points_than_there_are_changes_nothing(db: Db) -> None:
    person = await enrolled()
    before = tuple(await one(db, FIGURES))

    def richer(account: AccountState) -> AccountState:
        return replace(account, balances=replace(account.balances, available=60))

    with pytest.raises(asyncpg.CheckViolationError):
        await spend(person, 10, "spent/1", richer)

    assert tuple(await one(db, FIGURES)) == before


async def test_what_is_written_is_due_no_later_than_its_soonest_change(db: Db) -> None:
    person = await enrolled()
    ends = "SELECT next_change_at, (SELECT min(due_at) FROM lot WHERE member_id = $1) FROM account WHERE member_id = $1"

    for euros, days in ((10, 1), (20, 10), (5, 3)):
        await bought(person, euros, START - timedelta(days=days))
        next_change, soonest = await one(db, ends, person.id)
        assert next_change <= soonest
