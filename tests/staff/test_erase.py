"""What is left of a person who is erased, and who are they when they come back? PROGRAMME 11."""

import asyncio

import pytest

from app.activities.login import record_login
from app.activities.share import Shared, record_share
from app.database import Db, one, rows, value
from app.ledger.account import Balances
from app.members.erase import erase_member, principals_of
from app.requests.once import find
from tests.ledger.makers import Person, balances, bought, call, done, entries, redeemed, reviewed, tapped
from tests.staff.makers import (
    TOMBSTONES,
    account_of,
    activity_of,
    adjusted,
    agrees,
    audited,
    enrols,
    erased,
    fresh_name,
    joined,
    left,
    suspended,
)


async def lived(*, person_key: str | None = None) -> Person:
    """A member of many traces: requests of their own, a device, posts, coupons, words of staff."""
    person = await joined(fresh_name(), person_key=person_key)
    own = principals_of(person.name)[0]
    done(await record_login(call(principal=own), person.name, f"phone-of-{person.name}"))
    post = f"https://social.example/{person.name}/1"
    done(await record_share(call(principal=own), person.name, Shared("MI-14", "weibo", post, f"{person.name}-1")))
    await bought(person, 40)
    await reviewed(person, "MI-15")
    await redeemed(person, 20)
    await adjusted(person, 500)
    return person


async def mentions(db: Db, word: str) -> set[str]:
    """Every column of every table in which a word stands, in any case."""
    columns = await rows(
        db,
        """SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t
           USING (table_schema, table_name) WHERE c.table_schema = 'public' AND table_type = 'BASE TABLE'
             AND data_type IN ('character varying', 'text', 'json', 'jsonb', 'bytea')""",
    )
    assert len(columns) > 60
    found = set()
    for table, column in columns:
        sql = f"SELECT EXISTS (SELECT FROM {table} WHERE position(lower($1) IN lower({column}::text)) > 0)"
        if await value(db, sql, word):
            found.add(f"{table}.{column}")
    return found


async def test_the_mi_account_and_the_person_key_stand_nowhere_any_more(db: Db) -> None:
    key = fresh_name()
    person = await lived(person_key=key)
    assert {"member.mi_account_id", "activity.reference", "share.url", "share.share_id", "request.principal"} <= (
        await mentions(db, person.name)
    )
    assert await mentions(db, key) == {"member.person_key"}

    await erased(person)

    assert await mentions(db, person.name) == set()
    assert await mentions(db, key) == set()
    identity = await one(db, "SELECT display_name, birth_date FROM member WHERE id = $1", person.id)
    assert tuple(identity) == (None, None)
    assert await agrees()


async def test_the_ledger_survives_and_the_points_are_given_up(db: Db) -> None:
    person = await lived()
    before = await entries(person)

    await erased(person)

    after = await entries(person)
    assert after[: len(before)] == before
    assert {line["kind"] for line in after[len(before) :]} == {"FORFEIT"}
    assert await balances(person) == Balances()
    assert await account_of(person) == "CLOSED"
    assert await value(db, "SELECT status FROM coupon WHERE member_id = $1", person.id) == "CANCELLED"


async def test_the_audit_log_says_that_it_was_done_and_names_nobody(db: Db) -> None:
    person = await joined(fresh_name())

    await erased(person)

    assert await audited(person) == [
        ("ana", "eraseMember", {"status": "ACTIVE"}, {"status": "CLOSED", "forfeited": 50}),
    ]


async def test_who_comes_back_is_somebody_new_who_earns_no_second_50_and_30(db: Db) -> None:
    person = await joined(fresh_name())
    done(await record_login(call(), person.name, "a phone"))
    await reviewed(person, "MI-15")
    await tapped(person)
    await erased(person)

    again = await joined(person.name)
    login = done(await record_login(call(), person.name, "a phone"))
    review = await reviewed(again, "MI-15")
    other_review = await reviewed(again, "MI-16")

    assert again.id != person.id
    assert [(await activity_of(outcome))["points"] for outcome in (login, review, other_review)] == [0, 0, 20]
    assert await balances(again) == Balances(pending=20)
    assert await value(db, "SELECT former_id FROM member WHERE id = $1", again.id) == person.id
    assert await agrees()


async def test_however_often_one_is_erased_there_is_one_50_and_30(db: Db) -> None:
    person = await joined(fresh_name())
    for number in range(3):
        await erased(person)
        person = await joined(person.name)
        login = done(await record_login(call(), person.name, "a phone"))
        assert (await activity_of(login))["points"] == (30 if number == 0 else 0)

    assert await balances(person) == Balances()


async def test_the_same_person_with_another_mi_account_is_known_again(db: Db) -> None:
    key = fresh_name()
    await erased(await joined(fresh_name(), person_key=key))

    again = await joined(fresh_name(), person_key=key)

    assert await balances(again) == Balances()


async def test_who_was_two_and_turns_out_to_be_one_has_had_what_both_had(db: Db) -> None:
    key, name = fresh_name(), fresh_name()
    first = await joined(name)
    await tapped(first)
    await erased(first)
    second = await joined(fresh_name(), person_key=key)
    done(await record_login(call(), second.name, "a phone"))
    await erased(second)

    united = await joined(name, person_key=key)
    login = done(await record_login(call(), united.name, "a phone"))
    tap = await tapped(united)

    assert [(await activity_of(outcome))["points"] for outcome in (login, tap)] == [0, 0]


async def test_who_comes_back_with_an_older_mi_account_has_had_what_they_had_since(db: Db) -> None:
    key, name = fresh_name(), fresh_name()
    await erased(await joined(name, person_key=key))
    since = await joined(fresh_name(), person_key=key)
    done(await record_login(call(), since.name, "a phone"))
    await erased(since)

    again = await joined(name, person_key=key)
    login = done(await record_login(call(), again.name, "a phone"))

    assert (await activity_of(login))["points"] == 0


async def test_who_was_two_since_they_were_one_has_had_what_both_had(db: Db) -> None:
    key, name = fresh_name(), fresh_name()
    await erased(await joined(name, person_key=key))
    nameless, verified = await joined(name), await joined(fresh_name(), person_key=key)
    await tapped(nameless)
    done(await record_login(call(), verified.name, "a phone"))
    await erased(nameless)
    await erased(verified)

    united = await joined(name, person_key=key)
    login = done(await record_login(call(), united.name, "a phone"))
    tap = await tapped(united)

    assert [(await activity_of(outcome))["points"] for outcome in (login, tap)] == [0, 0]
    assert await balances(united) == Balances()


async def test_nobody_else_is_taken_for_the_erased(db: Db) -> None:
    await erased(await joined(fresh_name(), person_key=fresh_name()))

    other = await joined(fresh_name(), person_key=fresh_name())

    assert await balances(other) == Balances(available=50)


async def test_a_suspension_of_either_is_one_of_who_turns_out_to_be_one(db: Db) -> None:
    key, name = fresh_name(), fresh_name()
    await erased(await joined(name))
    other = await joined(fresh_name(), person_key=key)
    await suspended(other)
    await erased(other)

    united = await joined(name, person_key=key)

    assert await account_of(united) == "SUSPENDED"


async def test_a_suspension_outlasts_an_erasure(db: Db) -> None:
    person = await joined(fresh_name())
    await suspended(person)
    await erased(person)

    again = await joined(person.name)

    assert await account_of(again) == "SUSPENDED"
    assert await balances(again) == Balances()


async def test_who_has_left_can_be_erased_as_well(db: Db) -> None:
    person = await joined(fresh_name())
    await left(person)
    lines = await entries(person)

    await erased(person)

    assert await entries(person) == lines
    assert await mentions(db, person.name) == set()


@pytest.mark.parametrize("role", ["service", "staff"])
async def test_the_requests_of_others_are_kept(db: Db, role: str) -> None:
    person = await joined(fresh_name())
    request = call(principal=f"{role}:somebody")
    done(await record_login(request, person.name, "a phone"))

    await erased(person)

    assert await find(request.principal, request.key) is not None


async def test_nobody_is_erased_twice(db: Db) -> None:
    person = await joined(fresh_name())

    answers = await asyncio.gather(
        *(erase_member(call("eraseMember"), "ana", person.name, TOMBSTONES) for _ in range(4))
    )

    assert sorted([error.code for error in answer.errors] for answer in answers) == [[], *[["NOT_FOUND"]] * 3]
    assert await value(db, "SELECT count(*) FROM tombstone WHERE member_id = $1", person.id) == 1


async def test_coming_back_while_one_is_erased_is_before_or_after_it(db: Db) -> None:
    person = await joined(fresh_name())

    outcome, again = await asyncio.gather(
        erase_member(call("eraseMember"), "ana", person.name, TOMBSTONES), enrols(person.name)
    )

    assert outcome.errors == ()
    assert [error.code for error in again.errors] in ([], ["ALREADY_ENROLLED"])
    if not again.errors:
        assert (await activity_of(again))["points"] == 0
