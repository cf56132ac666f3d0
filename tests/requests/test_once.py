"""Has each key one answer, whoever asks how often, at once or after a fall?"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from app.database import Db, connection, one, rows, value
from app.ledger.hold import hold
from app.requests.once import KEY_LENGTH, Call, TooBusy, find, once, reject
from app.requests.outcome import Outcome, invalid, refused
from tests.ledger.makers import START, call, clock_at, enrolled, statement


class Tally:
    """An act that writes a line of its own each time, and answers as it is told."""

    def __init__(self, outcome: Outcome | None = None, error: Callable[[], Exception] | None = None) -> None:
        self.outcome = outcome or Outcome(figures={"points": 5})
        self.error = error
        self.times = 0

    async def __call__(self, db: Db, request_id: int) -> Outcome:
        self.times += 1
        await rows(db, "INSERT INTO market VALUES ($1, 'EUR', 'UTC', 'es', 'tally')", f"{self.times % 100:02}")
        if self.error is not None:
            raise self.error()
        await rows(db, "DELETE FROM market WHERE operator = 'tally'")
        return self.outcome


async def stored(asked: Call) -> list[asyncpg.Record]:
    return await rows(
        connection(), "SELECT * FROM request WHERE principal = $1 AND key = $2", asked.principal, asked.key
    )


async def tallied(db: Db) -> int:
    count: int = await value(db, "SELECT count(*) FROM market WHERE operator = 'tally'")
    return count


async def test_the_same_request_is_answered_with_its_first_answer_and_not_done_again(db: Db) -> None:
    asked, act = call(), Tally()

    answers = [await once(asked, act) for _ in range(3)]

    assert act.times == 1
    assert answers == [act.outcome] * 3


async def test_what_an_outcome_says_is_said_again_whole(db: Db) -> None:
    outcome = Outcome(member_id=1, activity_id=2, coupon_id=3, figures={"missing": 7, "whole": True, "note": "ñ"})
    asked, act = call(), Tally(outcome)

    assert await once(asked, act) == outcome
    assert await once(asked, act) == outcome


async def test_a_key_of_another_input_or_mutation_is_reused_and_changes_nothing(db: Db) -> None:
    asked, act, another = call("redeemCoupon", said=b"one"), Tally(), Tally()
    await once(asked, act)

    for other in (replace(asked, fingerprint=b"other"), replace(asked, mutation="tapFuel")):
        answer = await once(other, another)
        assert answer == refused("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")

    assert another.times == 0
    assert await once(asked, act) == act.outcome


async def test_a_key_belongs_to_its_principal(db: Db) -> None:
    asked, act = call(principal="1001"), Tally()
    await once(asked, act)

    await once(replace(asked, principal="1002"), act)

    assert act.times == 2
    assert await find("1003", asked.key) is None


async def test_a_refusal_is_stored_and_undoes_what_was_done(db: Db) -> None:
    no = Outcome(errors=invalid("EMPTY", "order", "lines").errors + refused("NOT_FOUND", what="OFFER").errors)
    asked, act = call(), Tally(no)
    act.error = None

    async def half_done(db: Db, request_id: int) -> Outcome:
        await rows(db, "INSERT INTO market VALUES ('XX', 'EUR', 'UTC', 'es', 'tally')")
        return await act(db, request_id)

    assert await once(asked, half_done) == no
    assert await once(asked, half_done) == no
    assert act.times == 1
    assert await tallied(db) == 0
    (request,) = await stored(asked)
    assert request["state"] == "DONE"


async def test_a_refusal_without_a_look_at_the_database_is_stored_all_the_same(db: Db) -> None:
    asked, no = call(), invalid("UNKNOWN_ID", "offerId")

    assert await reject(asked, no) == no

    assert await once(asked, Tally()) == no


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("", {"problem": "EMPTY"}),
        ("k" * (KEY_LENGTH + 1), {"problem": "TOO_LONG", "maximum": 128}),
        ("a\0b", {"problem": "CONTROL_CHARACTERS"}),
        ("a\nb", {"problem": "CONTROL_CHARACTERS"}),
        ("\ud800", {"problem": "CONTROL_CHARACTERS"}),
    ],
)
async def test_what_cannot_be_a_key_is_refused_and_not_stored(db: Db, key: str, problem: dict[str, Any]) -> None:
    act = Tally()
    before = await value(db, "SELECT count(*) FROM request")

    answer = await once(Call("tests", key, "aMutation", b""), act)

    assert [(error.code, error.path, dict(error.facts)) for error in answer.errors] == [
        ("INVALID_INPUT", ("idempotencyKey",), problem)
    ]
    assert act.times == 0
    assert await find("tests", key) is None
    assert await value(db, "SELECT count(*) FROM request") == before


async def test_a_key_may_have_128_characters_of_any_script(db: Db) -> None:
    asked, act = call(key="é€漢" * 42 + "ab"), Tally()

    await once(asked, act)

    assert len(asked.key) == KEY_LENGTH
    assert await once(asked, act) == act.outcome
    assert act.times == 1


async def test_twenty_at_once_are_done_once_and_answered_alike(db: Db) -> None:
    asked, act = call(), Tally()

    answers = await asyncio.gather(*(once(asked, act) for _ in range(20)))

    assert act.times == 1
    assert answers == [act.outcome] * 20


async def test_twenty_refused_at_once_are_answered_alike(db: Db) -> None:
    asked, act = call(), Tally(refused("NOT_ENROLLED"))

    answers = await asyncio.gather(*(once(asked, act) for _ in range(20)))

    assert answers == [act.outcome] * 20
    assert len(await stored(asked)) == 1
    assert await tallied(db) == 0


async def test_after_a_fall_the_same_key_is_done_as_if_for_the_first_time(db: Db) -> None:
    asked, falling, act = call(), Tally(error=ZeroDivisionError), Tally()

    with pytest.raises(ZeroDivisionError):
        await once(asked, falling)
    assert await stored(asked) == []
    assert await tallied(db) == 0

    assert await once(asked, act) == act.outcome
    assert act.times == 1


async def test_who_waits_for_a_first_try_that_falls_does_it_themselves(db: Db) -> None:
    asked, act = call(), Tally()
    begun, fall = asyncio.Event(), asyncio.Event()

    async def falling(db: Db, request_id: int) -> Outcome:
        begun.set()
        await fall.wait()
        raise ZeroDivisionError

    first = asyncio.create_task(once(asked, falling))
    await begun.wait()
    second = asyncio.create_task(once(asked, act))
    await asyncio.sleep(0.05)
    fall.set()

    with pytest.raises(ZeroDivisionError):
        await first
    assert await second == act.outcome
    assert act.times == 1


@pytest.mark.parametrize(
    "lost", [asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.InvalidCachedStatementError]
)
async def test_lost_races_are_tried_again_three_times_at_most(db: Db, lost: type[Exception]) -> None:
    asked, act = call(), Tally(error=lambda: lost("lost"))

    with pytest.raises(TooBusy):
        await once(asked, act)

    assert act.times == 3
    assert await tallied(db) == 0
    act.error = None
    assert await once(asked, act) == act.outcome


async def test_a_table_that_a_migration_widens_meanwhile_troubles_no_request(db: Db) -> None:
    async def read_all(db: Db, request_id: int) -> Outcome:
        await rows(db, "SELECT * FROM reservation")
        return Outcome()

    assert await once(call(), read_all) == Outcome()
    await rows(db, "ALTER TABLE reservation ADD COLUMN said text")

    assert await once(call(), read_all) == Outcome()


async def test_of_two_who_block_each_other_both_are_done(db: Db) -> None:
    one_member, other = await enrolled(), await enrolled()
    met = asyncio.Barrier(2)
    tries = 0

    def both(first: int, second: int) -> Callable[[Db, int], Any]:
        async def act(db: Db, request_id: int) -> Outcome:
            nonlocal tries
            tries += 1
            await hold(db, first)
            if tries <= 2:
                await met.wait()
            await hold(db, second)
            return Outcome(member_id=first)

        return act

    answers = await asyncio.gather(
        once(call(), both(one_member.id, other.id)), once(call(), both(other.id, one_member.id))
    )

    assert [answer.member_id for answer in answers] == [one_member.id, other.id]
    assert 3 <= tries <= 6  # the one that was turned away came back, and may have met the other again
    assert await statement(one_member) == [("EARN", 50)]


async def test_a_request_can_be_found_by_its_key_with_what_became_of_it(db: Db) -> None:
    asked, act = call("redeemCoupon"), Tally()
    await once(asked, act)
    await clock_at(START + timedelta(days=1))

    found = await find(asked.principal, asked.key)

    assert found is not None
    assert (found.mutation, found.state, found.outcome) == ("redeemCoupon", "DONE", act.outcome)
    assert START <= found.accepted_at <= (found.completed_at or START) < START + timedelta(minutes=1)


async def test_a_request_in_the_making_is_seen_by_nobody(db: Db) -> None:
    asked = call()
    seen = []

    async def look(writing: Db, request_id: int) -> Outcome:
        seen.append(await one(writing, "SELECT state FROM request WHERE id = $1", request_id))
        async with db.acquire_connection() as outside:
            seen.append(await outside.fetchrow("SELECT state FROM request WHERE id = $1", request_id))
        return Outcome()

    await once(asked, look)

    assert seen[0]["state"] == "OPEN"
    assert seen[1] is None
