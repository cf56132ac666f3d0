"""Is everything that is known of a person in one document? PROGRAMME 11."""

import json
from datetime import datetime

import pytest

from app.database import Db, rows, value
from app.members import export
from app.members.export import PARTS, document, export_member, exported
from tests.ledger.makers import CODES, Person, bought, call, code_of, done, enrolled, redeemed, reviewed
from tests.staff.makers import adjusted, audited, holds
from tests.staff.test_erase import lived

# What a member's rows are called in the document; the others hold nothing of one member.
TABLES = {
    "member": "identity",
    "account": "account",
    "activity": "activities",
    "award": "awards",
    "lot": "lots",
    "operation": "operations",
    "entry": "statement",
    "move": "moves",
    "coupon": "coupons",
    "reservation": "reservations",
    "shop_order": "orders",
    "order_line": "orderLines",
    "order_return": "returns",
    "review": "reviews",
    "adjustment": "adjustments",
    "share": "shares",
    "fuel_tap": "fuelTaps",
    "notice": "notices",
    "request": "requests",
    "coupon_guess": "wrongCodes",
}
OF_NOBODY = {"tombstone"}  # of a member who is nameless by then
ARCHIVES = {"archived_entry", "archived_move"}  # read with the tables that they inherit from
POINTS_TO_A_MEMBER = ("member_id", "activity_id", "lot_id", "order_id", "principal")


async def whole(person: Person) -> dict[str, list[dict[str, object]]]:
    return await document(person.id, CODES)


async def test_every_table_that_knows_a_member_is_in_the_document(db: Db) -> None:
    columns = await rows(
        db, "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    )

    knows = {table for table, column in columns if column in POINTS_TO_A_MEMBER} | {"member"}

    assert knows - OF_NOBODY - ARCHIVES <= set(TABLES)
    assert set(TABLES.values()) == set(PARTS)


async def test_each_part_has_all_the_rows_of_the_member_and_of_nobody_else(db: Db) -> None:
    person, other = await lived(), await lived()
    await holds(person, 10)

    found = await whole(person)

    for table, part in TABLES.items():
        columns = await rows(db, "SELECT column_name FROM information_schema.columns WHERE table_name = $1", table)
        if "member_id" in {column[0] for column in columns}:
            assert len(found[part]) == await value(
                db, f"SELECT count(*) FROM {table} WHERE member_id = $1", person.id
            ), part
            assert {line["member_id"] for line in found[part]} <= {person.id}
    assert {part for part, lines in found.items() if lines} >= {
        "orders",
        "orderLines",
        "reviews",
        "adjustments",
        "requests",
    }
    assert other.name not in json.dumps(found)


async def test_it_shows_the_coupons_codes_and_none_of_our_secrets(db: Db) -> None:
    person = await enrolled()
    coupon = await redeemed(person, 20)

    [shown] = (await whole(person))["coupons"]

    assert shown["code"] == await code_of(coupon.coupon_id)
    assert not {"nonce", "lookup"} & set(shown)


async def test_instants_are_iso_and_points_are_integers(db: Db) -> None:
    person = await enrolled()

    [line] = (await whole(person))["statement"]

    assert line["points"] == 50
    assert datetime.fromisoformat(str(line["at"])).tzinfo is not None


async def test_what_is_long_is_read_page_by_page(db: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    person = await enrolled()
    for number in range(4):
        await reviewed(person, f"MI-{number}")
    at_once = await whole(person)

    monkeypatch.setattr(export, "_PAGE", 2)

    assert await whole(person) == at_once
    assert len(at_once["reviews"]) == 4


async def test_the_text_for_the_command_line_is_the_same_document(db: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "_PAGE", 3)
    person = await lived()

    pieces = await exported(person.name, CODES)

    assert pieces is not None
    assert json.loads("".join([piece async for piece in pieces])) == await whole(person)
    assert ("mipoints export", "exportMember", None, None) in await audited(person)
    assert await exported("nobody", CODES) is None


async def test_each_export_is_in_the_audit_log(db: Db) -> None:
    person = await enrolled()
    await adjusted(person, 5)
    await bought(person, 5)

    done(await export_member(call(), "ana", person.name))
    refused = await export_member(call(), "ana", "nobody")

    assert (await audited(person))[-1] == ("ana", "exportMember", None, None)
    assert [error.code for error in refused.errors] == ["NOT_FOUND"]
