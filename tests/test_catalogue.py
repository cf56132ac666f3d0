"""Is what is kept of the catalogue never older than two seconds, and forgotten as soon as anybody changes it?"""

import asyncio
import os
import random
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from app import catalogue, changes
from app.campaigns import store as campaigns
from app.campaigns.store import CampaignsAsked, campaign_page
from app.catalogue import keeping
from app.changes import Listener
from app.clock import now
from app.coupons import catalogue as offers
from app.coupons.catalogue import OffersAsked, OfferView, offer_page
from app.database import Db, rows, transaction
from app.keyset import Page, Window
from tests.api.asking import advance, do, done, read
from tests.api.makers import enrolled, offered, redeemed
from tests.client import STAFF
from tests.ledger.makers import launched
from tests.served import MIPOINTS
from tests.telling import NEVER, cut_off, eventually, listeners

Counted = Callable[[], AbstractContextManager[list[str]]]

OFFERS = "{ couponOffers(first: 100, market: ES) { edges { node { id price stockLeft suspended } } } }"
RUNNING = "{ campaigns(first: 100) { edges { node { slug budgetLeft } } } }"


@pytest.fixture
async def programme(db: Db) -> Db:
    """A database of its own with the programme loaded."""
    await launched()
    return db


@pytest.fixture
async def kept(programme: Db, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Db]:
    """A process that keeps the catalogue until it is told of a change."""
    monkeypatch.setattr(catalogue, "LONGEST_SECONDS", NEVER)
    async with keeping():
        yield programme


async def offers_seen() -> dict[str, Any]:
    return {edge["node"]["id"]: edge["node"] for edge in (await read(OFFERS))["couponOffers"]["edges"]}


async def campaigns_seen() -> dict[str, Any]:
    return {edge["node"]["slug"]: edge["node"] for edge in (await read(RUNNING))["campaigns"]["edges"]}


async def launch_offer(**given: Any) -> str:
    offer = {"market": "ES", "titles": [{"locale": "es", "text": "Oferta"}], "price": 7, "value": "5", "validDays": 9}
    return str((await done(STAFF, "launchCouponOffer", "offer { id }", **{**offer, **given}))["offer"]["id"])


async def launch_campaign(slug: str, at: datetime, *, days: tuple[int, int] = (-1, 9), **given: Any) -> None:
    window = [f"{at + timedelta(days=day):%Y-%m-%dT%H:%M}" for day in days]
    campaign = {
        "slug": slug,
        "titles": [{"locale": "es", "text": "Campaña"}],
        "trigger": "PURCHASE",
        "markets": ["ES"],
        "startsAt": window[0],
        "endsAt": window[1],
        "bonusPoints": 5,
    }
    await done(STAFF, "launchCampaign", "campaign { id }", **{**campaign, **given})


async def test_what_is_kept_is_not_read_again(kept: Db, counted: Counted) -> None:
    seen = await offers_seen(), await campaigns_seen()

    with counted() as statements:
        assert (await offers_seen(), await campaigns_seen()) == seen

    assert len(statements) == 2
    assert not any("coupon_offer" in sql or "FROM campaign" in sql for sql in statements)


async def test_what_this_process_changes_is_seen_at_once(kept: Db) -> None:
    present = await now(kept)
    await offers_seen()
    await campaigns_seen()

    offer_id = await launch_offer()
    assert (await offers_seen())[offer_id]["price"] == 7

    for suspended in (True, False):
        await done(STAFF, "suspendCouponOffer", offerId=offer_id, suspended=suspended)
        assert (await offers_seen())[offer_id]["suspended"] is suspended

    await launch_campaign("one", present)
    assert "one" in await campaigns_seen()

    await done(STAFF, "endCampaign", slug="one")
    assert "one" not in await campaigns_seen()


async def test_what_is_rolled_back_or_refused_makes_nobody_read_again(kept: Db, counted: Counted) -> None:
    await offers_seen()

    with pytest.raises(ZeroDivisionError):
        async with transaction():
            await launch_offer()
            raise ZeroDivisionError
    assert (await do(STAFF, "launchCouponOffer", market="ES", titles=[], price=1, value="5", validDays=9))["userErrors"]
    with counted() as statements:
        await offers_seen()

    assert not any("coupon_offer" in sql for sql in statements)


async def test_without_a_word_it_is_read_again_after_two_seconds(
    programme: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = 0.0
    monkeypatch.setattr(catalogue, "monotonic", lambda: at)

    async with keeping():
        await offers_seen()
        offer_id = await offered(8)  # by a statement of which nobody is told
        at = 1.9
        assert offer_id not in await offers_seen()

        at = 2.0
        assert offer_id in await offers_seen()


async def test_stock_and_budget_are_what_they_are_now(kept: Db) -> None:
    who = await enrolled(points=500)
    offer_id = await launch_offer(stock=2, limitPerMember=1)
    await launch_campaign("spent", await now(kept), budget="100")
    assert (await offers_seen())[offer_id]["stockLeft"] == 2
    assert (await campaigns_seen())["spent"]["budgetLeft"] == "100"

    await redeemed(who, offer_id)
    await rows(kept, "UPDATE campaign SET budget_left = 95")

    assert (await offers_seen())[offer_id]["stockLeft"] == 1
    assert (await campaigns_seen())["spent"]["budgetLeft"] == "95"
    blocked = "{ couponOffers(first: 1) { edges { node { id blockedBy { code } } } } }"
    (edge,) = (await read(blocked, as_=who))["couponOffers"]["edges"]
    assert edge["node"] == {"id": offer_id, "blockedBy": [{"code": "LIMIT_REACHED"}]}
    await redeemed(await enrolled(points=500), offer_id)
    assert {"code": "OUT_OF_STOCK"} in (await read(blocked))["couponOffers"]["edges"][0]["node"]["blockedBy"]


async def test_a_jump_of_the_clock_is_seen_at_once(kept: Db) -> None:
    present = await now(kept)
    await launch_campaign("later", present, days=(2, 4))
    closing = await launch_offer(closesAt=f"{present + timedelta(days=1):%Y-%m-%dT%H:%M}")
    assert closing in await offers_seen()
    assert "later" not in await campaigns_seen()

    await advance(by="P3D")
    assert closing not in await offers_seen()
    assert "later" in await campaigns_seen()

    await advance(by="P2D")
    assert "later" not in await campaigns_seen()


async def test_campaigns_of_the_past_are_read(kept: Db) -> None:
    present = await now(kept)
    await launch_campaign("over", present)
    await done(STAFF, "endCampaign", slug="over")
    await advance(by="P1D")
    await campaigns_seen()

    async def at(instant: datetime) -> list[str]:
        asked = f'{{ campaigns(at: "{instant.isoformat()}") {{ edges {{ node {{ slug }} }} }} }}'
        return [edge["node"]["slug"] for edge in (await read(asked))["campaigns"]["edges"]]

    assert await at(present - timedelta(hours=1)) == ["over"]
    assert await at(present + timedelta(hours=1)) == []


@pytest.fixture
async def hearing(programme: Db, database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Db]:
    """A process that hears of what others change, and nothing else would make it read again."""
    monkeypatch.setattr(catalogue, "LONGEST_SECONDS", NEVER)
    async with Listener(database_url) as listener, keeping(listener):

        async def it_listens() -> bool:
            return len(await listeners(programme)) == 1

        await eventually(it_listens)
        yield programme


async def test_what_another_process_changes_is_seen(hearing: Db, database_url: str, roomy: Path) -> None:
    before = await offers_seen()
    document = roomy / "another.toml"
    shipped = files("app.programmes").joinpath("seed-2020.toml").read_text(encoding="utf-8")
    document.write_text(shipped.replace('"SEED-2020"', '"ANOTHER"'), encoding="utf-8")
    environment = {**os.environ, "DATABASE_URL": database_url}
    command = [str(MIPOINTS), "programme", "load", str(document), "--data", str(roomy / "loading")]
    await asyncio.to_thread(lambda: subprocess.run(command, env=environment, check=True))

    async def they_are_seen() -> bool:
        return len(await offers_seen()) == 2 * len(before)

    await eventually(they_are_seen)


async def test_what_was_not_heard_while_the_line_was_cut_is_read_when_it_is_back(
    hearing: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "FIRST_BACK_OFF_SECONDS", 0.1)
    await offers_seen()
    offer_id = await offered(8)
    assert offer_id not in await offers_seen()

    await cut_off(hearing)

    async def it_is_seen() -> bool:
        return offer_id in await offers_seen()

    await eventually(it_is_seen)


Read = Callable[[], Any]


async def the_same(kept: Read, whole: int, monkeypatch: pytest.MonkeyPatch) -> Page[Any]:
    """A page as it is kept, which is what it is read, from a catalogue too great to keep or in a process without."""
    page: Page[Any] = await kept()
    with monkeypatch.context() as smaller:
        smaller.setattr(catalogue, "_keepers", 0)
        live: Page[Any] = await kept()
    assert [one.id for one in page.rows] == [one.id for one in live.rows]
    assert (page.has_next, page.has_previous) == (live.has_next, live.has_previous)
    assert all(one.kept for one in page.rows)
    assert not any(one.kept for one in live.rows)
    assert len(page.rows) <= whole
    return page


async def test_a_page_from_memory_is_the_page_that_is_read(kept: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    chance, present = random.Random(5), await now(kept)
    for number in range(30):
        closes_at = present + timedelta(days=chance.randrange(-3, 4), seconds=1) if chance.random() < 0.5 else None
        await offered(chance.randrange(1, 9), market=chance.choice(["ES", "FR"]), closes_at=closes_at)
        days = (chance.randrange(-4, 1), chance.randrange(1, 5))
        await launch_campaign(f"c-{number}", present, days=days, markets=chance.choice([["ES"], ["FR"], ["ES", "FR"]]))
    everything = [OffersAsked(None, None, present, Window(100)), OffersAsked("ES", None, present, Window(100))]
    ids: list[OfferView] = [one for asked in everything for one in (await offer_page(asked)).rows]

    for _ in range(120):
        market, most = chance.choice([None, "ES", "FR", "XX"]), chance.choice([None, None, 4])
        at = present + timedelta(days=chance.randrange(0, 5))
        one, other = (chance.choice([None, None, chance.choice(ids)]) for _ in range(2))
        size, backward = chance.randrange(1, 12), chance.random() < 0.5
        places = [(row.price_points, row.id) if row else None for row in (one, other)]
        asked = OffersAsked(market, most, present, Window(size, places[0], places[1], backward), at)
        await the_same(partial(offer_page, asked), size, monkeypatch)
        after, before = (chance.choice([None, (chance.randrange(1, 31),)]) for _ in range(2))
        running = CampaignsAsked(market, at, present, Window(size, after, before, backward))
        await the_same(partial(campaign_page, running), size, monkeypatch)


async def test_a_catalogue_that_is_too_great_is_read_page_by_page(
    kept: Db, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    await launch_campaign("one", await now(kept))
    await launch_campaign("two", await now(kept))
    seen = await offers_seen(), await campaigns_seen()
    monkeypatch.setattr(offers, "MOST_KEPT", 1)
    monkeypatch.setattr(campaigns, "MOST_KEPT", 1)
    catalogue.forget()

    assert (await offers_seen(), await campaigns_seen()) == seen
    with counted() as statements:
        assert (await offers_seen(), await campaigns_seen()) == seen
    assert sum("coupon_offer" in sql or "FROM campaign" in sql for sql in statements) == 2


async def test_a_process_that_keeps_nothing_reads_each_time(programme: Db) -> None:
    await offers_seen()
    offer_id = await offered(8)

    assert offer_id in await offers_seen()
