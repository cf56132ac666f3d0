"""Who may redeem which offer, to the microsecond? (PROGRAMME 7)"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.coupons.judge import OfferTerms, Redeemer, blocks, offer_blocks

OPENS = datetime(2026, 3, 2, 9, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=3)
MOMENT = timedelta(microseconds=1)
OFFER = OfferTerms(1, "ES", 500, 500, 180, OPENS, CLOSES, None, None, False)
MEMBER = Redeemer("ACTIVE", 500, 0, "ES")
WINDOW = [(OPENS - MOMENT, True), (OPENS, False), (CLOSES - MOMENT, False), (CLOSES, True)]


def window_of(offer: OfferTerms) -> list[tuple[datetime, bool]]:
    """Is the offer shut, at each instant of WINDOW?"""
    return [(at, [block.code for block in offer_blocks(offer, at)] == ["OFFER_NOT_OPEN"]) for at, _ in WINDOW]


def test_a_window_holds_its_first_instant_and_not_its_last() -> None:
    assert window_of(OFFER) == WINDOW


@pytest.mark.parametrize(
    "faulty",
    [
        replace(OFFER, opens_at=OPENS + MOMENT),  # as `at <= opens_at` would judge
        replace(OFFER, closes_at=CLOSES + MOMENT),  # as `at > closes_at` would
        replace(OFFER, opens_at=OPENS - MOMENT),
        replace(OFFER, closes_at=CLOSES - MOMENT),
    ],
)
def test_a_window_that_is_a_moment_off_is_seen(faulty: OfferTerms) -> None:
    assert window_of(faulty) != WINDOW


@pytest.mark.parametrize(
    ("offer", "member", "codes"),
    [
        (OFFER, MEMBER, []),
        (OFFER, replace(MEMBER, market="GB"), ["NOT_FOUND"]),
        (OFFER, replace(MEMBER, available=499), ["INSUFFICIENT_POINTS"]),
        (OFFER, replace(MEMBER, status="SUSPENDED"), ["ACCOUNT_SUSPENDED"]),
        (OFFER, replace(MEMBER, status="CLOSED", available=0), ["ACCOUNT_CLOSED", "INSUFFICIENT_POINTS"]),
        (replace(OFFER, stock_left=0), MEMBER, ["OUT_OF_STOCK"]),
        (replace(OFFER, stock_left=1), MEMBER, []),
        (replace(OFFER, limit_per_member=2), replace(MEMBER, had=1), []),
        (replace(OFFER, limit_per_member=2), replace(MEMBER, had=2), ["LIMIT_REACHED"]),
        (replace(OFFER, suspended=True, stock_left=0), MEMBER, ["OFFER_SUSPENDED", "OUT_OF_STOCK"]),
    ],
)
def test_every_reason_is_told(offer: OfferTerms, member: Redeemer, codes: list[str]) -> None:
    assert [block.code for block in blocks(offer, member, OPENS)] == codes


def test_an_offer_without_a_window_is_always_open() -> None:
    assert offer_blocks(replace(OFFER, opens_at=None, closes_at=None), OPENS - timedelta(days=9999)) == ()
