"""Does the check agree with a ledger that is sound, and name whatever is wrong in one that is not?"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import asyncpg
import pytest

from app.database import Db, rows, transaction, value
from app.ledger.agreements import PASSES, agreements
from app.ledger.check import MOST_LINES, STATEMENTS, Report, bounded, check_ledger, disagreements, guards_of
from app.ledger.repeated import FIRST, Statement
from tests.ledger.damages import DAMAGES, UNGUARDED

Copied = Callable[[], AbstractAsyncContextManager[Db]]
DAMAGED = [(check, damage) for check, damages in DAMAGES.items() for damage in damages]


class Undone(Exception):
    """Ends a transaction whose damage is not wanted any longer."""


@pytest.fixture(scope="module")
async def lived(copied: Copied) -> AsyncIterator[Db]:
    """A history that is damaged in transactions which are all undone."""
    async with copied() as db:
        yield db


@pytest.mark.parametrize(("check", "damage"), DAMAGED, ids=[damage for _, damage in DAMAGED])
async def test_the_check_finds(lived: Db, check: str, damage: str) -> None:
    with pytest.raises(Undone):
        async with transaction() as db:
            await hurt(db, damage)
            found = await disagreements(db, agreements())
            raise Undone

    assert check in {problem.partition(": ")[0] for problem in found}


async def hurt(db: Db, damage: str) -> None:
    for statement in UNGUARDED:
        await rows(db, statement)
    hurt = await rows(db, f"{damage} RETURNING 1")
    assert hurt, "the damage touched nothing"


def test_every_check_has_a_damage_that_it_finds() -> None:
    assert set(DAMAGES) == {kind for one in PASSES for kind in one.disagreements}


async def test_a_long_history_agrees_with_itself(lived: Db) -> None:
    report = await check_ledger()

    entries = await value(lived, "SELECT count(*) FROM entry")
    assert report.problems == ()
    assert report.lines() == [f"4 accounts, {entries} entries: the ledger agrees with itself"]


async def test_the_long_history_has_a_little_of_everything(lived: Db) -> None:
    ways = await value(lived, "SELECT array_agg(DISTINCT kind || ' ' || source || '>' || target) FROM entry")
    statuses = await value(lived, "SELECT array_agg(DISTINCT status::text) FROM activity")

    assert set(ways) == {
        "EARN ISSUED>PENDING",
        "EARN ISSUED>AVAILABLE",
        "POST PENDING>AVAILABLE",
        "REDEEM AVAILABLE>REDEEMED",
        "RESTORE REDEEMED>AVAILABLE",
        "RESERVE AVAILABLE>RESERVED",
        "RELEASE RESERVED>AVAILABLE",
        "CAPTURE RESERVED>REDEEMED",
        "EXPIRE AVAILABLE>EXPIRED",
        "CLAWBACK PENDING>CLAWED_BACK",
        "CLAWBACK AVAILABLE>CLAWED_BACK",
        "DEBT DEBT>CLAWED_BACK",
        "DEBT_REPAID AVAILABLE>DEBT",
    }
    assert set(statuses) == {"PENDING", "POSTED", "WITHDRAWN", "EXPIRED", "NONE"}


async def test_the_first_rows_that_disagree_are_named_and_no_more(lived: Db) -> None:
    with pytest.raises(Undone):
        async with transaction() as db:
            await hurt(db, "UPDATE activity SET points = points + 1")
            found = await disagreements(db, agreements())
            raise Undone

    assert len(found) == FIRST
    assert all(problem.startswith("activity does not show what its lots hold: activity ") for problem in found)


def test_a_report_names_what_disagrees_a_line_each() -> None:
    report = Report(3, 5, ("stock does not add up: offer 7",))

    assert not report.agrees
    assert report.lines() == ["3 accounts, 5 entries:", "stock does not add up: offer 7"]


def test_a_report_of_very_much_is_short_and_says_so() -> None:
    lines = [f"stock does not add up: offer {number}" for number in range(MOST_LINES + 3)]

    assert bounded(lines) == (*lines[:MOST_LINES], "and 3 lines more")


async def test_several_sessions_read_one_snapshot_and_each_statement_once(lived: Db) -> None:
    noted: list[tuple[str, int]] = []
    alone = await check_ledger()

    report = await check_ledger(at_once=3, note=lambda about, seconds, fetched: noted.append((about, fetched)))

    assert report == alone
    assert sorted(noted) == sorted((statement.about, 0) for statement in STATEMENTS)


async def test_what_is_written_meanwhile_is_seen_by_no_session(lived: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    async def then_a_write(db: Db) -> tuple[list[str], bool]:
        guards = await guards_of(db)  # the first session has its snapshot
        async with lived.acquire_connection() as another:
            await another.execute("INSERT INTO coupon_guess (principal, at) VALUES ('member:1', now())")
        return guards

    seen = Statement(
        "who sees how many", "SELECT pg_backend_pid() || ' ' || count(*) FROM coupon_guess, pg_sleep(0.05)"
    )
    monkeypatch.setattr("app.ledger.check.guards_of", then_a_write)
    monkeypatch.setattr("app.ledger.check.STATEMENTS", [seen] * 10)

    report = await check_ledger(at_once=2)

    found = {tuple(line.split()) for line in report.problems}
    assert len({session for session, _ in found}) == 2
    assert {count for _, count in found} == {"0"}
    assert await value(lived, "SELECT count(*) FROM coupon_guess") == 1


async def test_the_check_cannot_write(lived: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.ledger.check.STATEMENTS", [Statement("what writes", "SELECT nextval('entry_id_seq')")])

    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await check_ledger()
