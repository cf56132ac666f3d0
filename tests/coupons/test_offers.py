"""How does staff's offer come into the catalogue, and out of it? (PROGRAMME 7)"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from app.coupons.offers import OfferDraft, launch_offer, suspend_offer
from app.coupons.redeem import redeem
from app.database import Db, connection, one, rows
from app.requests.outcome import Outcome
from tests.coupons.makers import issued, reasons, reserved, row_of
from tests.ledger.makers import CODES, START, call, clock_at, done, enrolled, utc

SUMMER = OfferDraft("ES", (("es", "Verano"), ("en", "Summer")), 40, Decimal("5.00"), 30)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def launched(draft: OfferDraft) -> Outcome:
    return await launch_offer(call("launchCouponOffer"), "ben", draft)


async def offer_row(outcome: Outcome) -> asyncpg.Record:
    done(outcome)
    return await one(connection(), "SELECT * FROM coupon_offer WHERE id = $1", outcome.offer_id)


async def audited(offer_id: int | None) -> list[tuple[str, str]]:
    lines = await rows(connection(), "SELECT * FROM audit_line WHERE subject = $1 ORDER BY id", f"offer/{offer_id}")
    return [(line["actor"], line["action"]) for line in lines]


async def test_a_launched_offer_is_what_was_said(db: Db) -> None:
    draft = replace(
        SUMMER,
        minimum_order=Decimal("20"),
        stock=3,
        limit_per_member=2,
        excluded_skus=("MI-15", "MI-14", "MI-14"),
        excluded_categories=("phones",),
    )

    outcome = await launched(draft)
    found = await offer_row(outcome)

    assert (found["price_points"], found["value_minor"], found["minimum_order_minor"]) == (40, 500, 2_000)
    assert (found["stock"], found["stock_left"], found["limit_per_member"]) == (3, 3, 2)
    assert (found["excluded_skus"], found["excluded_categories"]) == (["MI-14", "MI-15"], ["phones"])
    assert (found["opens_at"], found["closes_at"], found["suspended"]) == (None, None, False)
    assert found["titles"] == {"es": "Verano", "en": "Summer"}
    assert await audited(outcome.offer_id) == [("ben", "launchCouponOffer")]


@pytest.mark.parametrize(
    ("market", "opens", "closes", "opens_utc", "closes_utc"),
    [
        ("ES", "2026-03-01T12:00", "2026-05-31T23:59", "2026-03-01T11:00", "2026-05-31T21:59"),
        ("GB", "2026-03-01T12:00", "2026-05-31T23:59", "2026-03-01T12:00", "2026-05-31T22:59"),
        ("ES", "2026-03-29T02:30", "2026-10-25T02:30", "2026-03-29T01:00", "2026-10-25T00:30"),
    ],
)
async def test_a_window_stands_on_the_clocks_of_its_market(
    db: Db, market: str, opens: str, closes: str, opens_utc: str, closes_utc: str
) -> None:
    draft = replace(SUMMER, market=market, opens_at=wall(opens), closes_at=wall(closes))

    found = await offer_row(await launched(draft))

    assert (found["opens_at"], found["closes_at"]) == (utc(opens_utc), utc(closes_utc))


async def test_a_temporary_offer_is_redeemed_within_its_window_and_its_coupons_live_on(db: Db) -> None:
    person = await enrolled()
    draft = replace(SUMMER, opens_at=wall("2026-03-02T09:00"), closes_at=wall("2026-03-02T18:00"), stock=1)
    offer_id = (await launched(draft)).offer_id

    async def redeeming() -> list[str]:
        return reasons(await redeem(call(), person.name, offer_id, None, CODES))

    assert await redeeming() == ["OFFER_NOT_OPEN"]
    await clock_at(utc("2026-03-02T08:00:00"))
    coupon = await issued(person, offer_id)
    assert "OUT_OF_STOCK" in await redeeming()
    await clock_at(utc("2026-03-02T17:00:00"))
    assert "OFFER_NOT_OPEN" in await redeeming()

    assert (await row_of(coupon.id))["points_spent"] == 40
    assert reasons(await reserved(coupon.code, "a")) == []


@pytest.mark.parametrize(
    ("titles", "stored"),
    [
        ((("it", "Estate"), ("fr", "Été")), {"en": "Estate", "it": "Estate", "fr": "Été"}),
        ((("es-MX", "Verano"),), {"en": "Verano", "es": "Verano"}),
        ((("fr", "Été"), ("en", "Summer")), {"en": "Summer", "fr": "Été"}),
    ],
)
async def test_who_reads_none_of_its_languages_reads_english_or_the_first(
    db: Db, titles: tuple[tuple[str, str], ...], stored: dict[str, str]
) -> None:
    assert (await offer_row(await launched(replace(SUMMER, titles=titles))))["titles"] == stored


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"titles": ()}, "titles"),
        ({"titles": (("es", "Verano"), ("es-ES", "Otra"))}, "titles.1.locale"),
        ({"titles": (("Español", "Verano"),)}, "titles.0.locale"),
        ({"titles": (("es", " "),)}, "titles.0.text"),
        ({"titles": (("es", "x" * 121),)}, "titles.0.text"),
        ({"titles": tuple((f"a{letter}", "x") for letter in "abcdefghijklmnopqrstu")}, "titles"),
        ({"price_points": 0}, "price"),
        ({"price_points": -1}, "price"),
        ({"price_points": 10**8}, "price"),
        ({"value": Decimal("0")}, "value"),
        ({"value": Decimal("5.001")}, "value"),
        ({"value": Decimal("-5")}, "value"),
        ({"value": Decimal("1e9")}, "value"),
        ({"minimum_order": Decimal("-0.01")}, "minimumOrder"),
        ({"minimum_order": Decimal("0.001")}, "minimumOrder"),
        ({"valid_days": 0}, "validDays"),
        ({"valid_days": 3_651}, "validDays"),
        ({"stock": 0}, "stock"),
        ({"limit_per_member": 0}, "limitPerMember"),
        ({"excluded_skus": ("",)}, "excludedSkus"),
        ({"excluded_skus": ("x" * 65,)}, "excludedSkus"),
        ({"excluded_categories": ("x",) * 501}, "excludedCategories"),
        ({"opens_at": wall("2026-03-02T09:00"), "closes_at": wall("2026-03-02T09:00")}, "closesAt"),
        ({"opens_at": wall("2026-03-29T02:10"), "closes_at": wall("2026-03-29T02:50")}, "closesAt"),  # skipped hour
    ],
)
async def test_what_cannot_be_offered_is_refused_by_name(db: Db, changed: dict[str, Any], field: str) -> None:
    outcome = await launched(replace(SUMMER, **changed))

    assert [(error.code, ".".join(error.path)) for error in outcome.errors] == [("INVALID_INPUT", field)]


async def test_an_offer_for_a_market_that_is_not_served_is_refused(db: Db) -> None:
    assert reasons(await launched(replace(SUMMER, market="PT"))) == ["MARKET_NOT_SERVED"]


async def test_a_suspended_offer_is_not_redeemed_until_it_is_offered_again(db: Db) -> None:
    person = await enrolled()
    offer_id = (await launched(replace(SUMMER, price_points=10))).offer_id
    coupon = await issued(person, offer_id)

    for suspended, expected in ((True, ["OFFER_SUSPENDED"]), (True, ["OFFER_SUSPENDED"]), (False, [])):
        done(await suspend_offer(call("suspendCouponOffer"), "ben", offer_id, suspended))
        assert reasons(await redeem(call(), person.name, offer_id, None, CODES)) == expected

    assert reasons(await reserved(coupon.code, "b")) == []
    assert await audited(offer_id) == [("ben", "launchCouponOffer"), *[("ben", "suspendCouponOffer")] * 3]


async def test_an_offer_that_there_is_not_cannot_be_suspended(db: Db) -> None:
    assert reasons(await suspend_offer(call("suspendCouponOffer"), "ben", 4711, True)) == ["NOT_FOUND"]
    assert reasons(await suspend_offer(call("suspendCouponOffer"), "ben", None, True)) == ["NOT_FOUND"]


async def test_a_price_is_fixed_when_it_is_redeemed(db: Db) -> None:
    person = await enrolled()
    offer_id = (await launched(SUMMER)).offer_id
    coupon = await issued(person, offer_id)

    await rows(db, "UPDATE coupon_offer SET price_points = 45, value_minor = 900 WHERE id = $1", offer_id)

    assert (await row_of(coupon.id))["points_spent"] == 40
    assert (await reserved(coupon.code, "c")).figures == {"discount_minor": 500}
    assert (await row_of(coupon.id))["issued_at"] >= START
