"""Which products are left out when: windows, repetition, taking in again, refusals, the audit log?"""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.database import Db, rows, value
from app.programmes.exclude import MOST_AT_ONCE, MOST_IN_A_MARKET, Products, exclude_products
from tests.ledger.makers import START, call, clock_at, enrolled, order_of, ordered
from tests.programmes.makers import DAY, FIRST_OF_AN_ORDER, earned, excluded, included, left_out, number

pytestmark = pytest.mark.usefixtures("programme")


async def test_a_market_leaves_out_its_own() -> None:
    await excluded()

    assert await left_out() == {"SKU-0"}
    assert await left_out(market="FR") == set()


async def test_a_window_begins_and_ends_to_the_instant() -> None:
    since, until = START + DAY, START + 2 * DAY
    await excluded(replace(FIRST_OF_AN_ORDER, categories=("cables",), from_at=since, until_at=until))

    moment = timedelta(microseconds=1)
    for instant, expected in (
        (since - moment, set()),
        (since, {"SKU-0", "cables"}),
        (until - moment, {"SKU-0", "cables"}),
        (until, set()),
    ):
        assert await left_out(instant) == expected


async def test_the_same_exclusion_twice_is_there_once() -> None:
    await excluded()
    await excluded()
    await excluded(replace(FIRST_OF_AN_ORDER, until_at=START + DAY))
    await excluded(replace(FIRST_OF_AN_ORDER, skus=("SKU-0", "SKU-0", "SKU-1")))

    assert await number() == 2


async def test_a_longer_exclusion_than_the_one_in_force_is_taken() -> None:
    await excluded(replace(FIRST_OF_AN_ORDER, until_at=START + DAY))

    await excluded()

    assert await number() == 2
    assert await left_out(START + 9 * DAY) == {"SKU-0"}


async def test_what_is_taken_in_again_was_left_out_until_now_and_earns_from_now_on() -> None:
    await excluded(replace(FIRST_OF_AN_ORDER, skus=("SKU-0", "SKU-1")))
    person = await enrolled()

    await included()
    await ordered(person, order_of("10.00", "7.00"))

    assert await left_out() == {"SKU-1"}
    assert await earned(person) == 10


async def test_what_has_not_begun_never_begins_once_it_is_taken_in() -> None:
    await excluded(replace(FIRST_OF_AN_ORDER, from_at=START + DAY))

    await included()

    assert await number() == 0
    assert await left_out(START + 2 * DAY) == set()


async def test_an_end_may_be_told_beforehand() -> None:
    await excluded()

    await included(replace(FIRST_OF_AN_ORDER, from_at=START + DAY))

    assert await left_out(START + DAY - timedelta(seconds=1)) == {"SKU-0"}
    assert await left_out(START + DAY) == set()


REFUSED = [
    (replace(FIRST_OF_AN_ORDER, skus=()), "INVALID_INPUT", ("skus",)),
    (replace(FIRST_OF_AN_ORDER, skus=("A", " ")), "INVALID_INPUT", ("skus",)),
    (replace(FIRST_OF_AN_ORDER, skus=("x" * 65,)), "INVALID_INPUT", ("skus",)),
    (replace(FIRST_OF_AN_ORDER, categories=("nul\0",)), "INVALID_INPUT", ("categories",)),
    (replace(FIRST_OF_AN_ORDER, skus=("A",) * (MOST_AT_ONCE + 1)), "INVALID_INPUT", ("skus",)),
    (replace(FIRST_OF_AN_ORDER, market="PT"), "MARKET_NOT_SERVED", ("market",)),
    (replace(FIRST_OF_AN_ORDER, until_at=START - DAY), "INVALID_INPUT", ("until",)),
    (replace(FIRST_OF_AN_ORDER, from_at=START + 2 * DAY, until_at=START + DAY), "INVALID_INPUT", ("until",)),
    (replace(FIRST_OF_AN_ORDER, excluded=False, until_at=START + DAY), "INVALID_INPUT", ("until",)),
    (replace(FIRST_OF_AN_ORDER, excluded=False, from_at=START - DAY), "INVALID_INPUT", ("from",)),
]


@pytest.mark.parametrize(("products", "code", "path"), REFUSED)
async def test_what_makes_no_sense_is_refused_and_changes_nothing(
    programme: Db, products: Products, code: str, path: tuple[str, ...]
) -> None:
    outcome = await exclude_products(call("excludeProducts"), "operator", products)

    assert [(error.code, error.path) for error in outcome.errors] == [(code, path)]
    assert await number() == 0
    assert await value(programme, "SELECT count(*) FROM audit_line") == 0


async def test_a_market_leaves_out_so_many_at_most_and_what_has_ended_does_not_count(programme: Db) -> None:
    await rows(
        programme,
        "INSERT INTO exclusion (market_id, sku, from_at, until_at) SELECT 'ES', 'A' || n, $1, $2"
        " FROM generate_series(1, $3) AS n",
        START - DAY,
        START + DAY,
        MOST_IN_A_MARKET,
    )

    outcome = await exclude_products(call("excludeProducts"), "operator", FIRST_OF_AN_ORDER)
    assert [error.facts["problem"] for error in outcome.errors] == ["TOO_MANY"]
    assert await number() == MOST_IN_A_MARKET

    await clock_at(START + 2 * DAY)
    await excluded()
    assert await left_out() == {"SKU-0"}


async def test_each_act_is_one_line_of_the_audit_log_with_what_changed(programme: Db) -> None:
    await excluded()
    await included()

    lines = await rows(programme, "SELECT actor, action, subject, after FROM audit_line ORDER BY id")
    assert [(line["actor"], line["action"], line["subject"]) for line in lines] == [
        ("operator", "excludeProducts", "market/ES")
    ] * 2
    for line, is_excluded in zip(lines, (True, False), strict=True):
        assert line["after"]["excluded"] is is_excluded
        assert [one["sku"] for one in line["after"]["exclusions"]] == ["SKU-0"]
