"""Does the model catch what it is for? Faults seeded on purpose, each with a history that comes upon it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.coupons import judge
from app.database import connection, rows, transaction
from app.ledger import hold, restore, settle
from app.ledger.check import disagreements as every_disagreement
from app.postgres import EmbeddedPostgres
from app.requests.outcome import Refusal
from app.rules import checkout, clawback, orders
from tests.model.auditing import disagreements
from tests.model.compare import Disagreement
from tests.model.deeds import Adjust, Deed
from tests.model.instants import MICROSECOND
from tests.model.oracle.orders import Item
from tests.model.running import OFFERS, START, example, run_model
from tests.model.shop_deeds import Buy, GiveBack, Quote, Redeem, Reserve
from tests.model.staff_deeds import Exclude, LaunchOffer, Sweep, Wait

TOMORROW = START + timedelta(days=1)
END = datetime(2027, 3, 12, 23, tzinfo=UTC)  # of what was posted on the first day, in Madrid
LAMPS = (Item("LAMP", 2, 45_000),)

Damage = Callable[[pytest.MonkeyPatch], None]


def late_expiry(patch: pytest.MonkeyPatch) -> None:
    """Points are still there in the very instant of their end."""
    due = settle._due
    patch.setattr(
        settle, "_due", lambda lots, holds, at: [one for one in due(lots, holds, at) if one[:2] != (at, settle._EXPIRE)]
    )


def latest_first(patch: pytest.MonkeyPatch) -> None:
    """The points that expire last are spent first."""
    patch.setattr(hold, "_USABLE", hold._USABLE.replace("ORDER BY expires_at", "ORDER BY expires_at DESC"))


def floor_per_line(patch: pytest.MonkeyPatch) -> None:
    """What is kept of an order is floored line by line."""

    def kept(lines: Sequence[clawback.BoughtLine]) -> int:
        return sum(line.kept_net_minor // 100 * 100 for line in lines if line.earns)

    patch.setattr(clawback, "kept_earning_minor", kept)


def first_back_first(patch: pytest.MonkeyPatch) -> None:
    """Points come back in the order of taking."""
    patch.setattr(restore, "last_taken", settle.first_taken)


def open_at_its_end(patch: pytest.MonkeyPatch) -> None:
    """A temporary offer is still there in the very instant of its end."""
    blocks = judge.offer_blocks

    def later(offer: judge.OfferTerms, at: datetime) -> tuple[Refusal, ...]:
        return blocks(replace(offer, closes_at=offer.closes_at and offer.closes_at + MICROSECOND), at)

    patch.setattr(judge, "offer_blocks", later)


def categories_unseen(patch: pytest.MonkeyPatch) -> None:
    """Who leaves a category out leaves out nothing."""
    patch.setattr(orders.Exclusions, "hold", lambda exclusions, line: line.sku in exclusions.skus)


def dearest_first(patch: pytest.MonkeyPatch) -> None:
    """The way to pay that is told first is the one that costs most."""
    patch.setattr(checkout, "_rank", lambda way: (bool(way.blocked_by), -way.to_pay_minor))


# Each after what every example begins with: Ana has 50 and 1,400 points, of which 400 are held for an order.
HISTORIES: Sequence[tuple[Damage, Sequence[Deed]]] = [
    (late_expiry, [Wait(END)]),
    (latest_first, [Wait(TOMORROW), Adjust("ana", 300), Reserve("ana", "o-ana-2", 200, LAMPS, "EUR")]),
    (
        floor_per_line,
        [
            Buy("ana", "o-ana-3", (Item("BAND", 3, 999), Item("CASE", 1, 1_075)), "EUR"),
            GiveBack("o-ana-3", "r-1", (("BAND", 1),)),
        ],
    ),
    (
        first_back_first,
        [Buy("ana", "o-ana-1", LAMPS, "EUR", reservation=0), GiveBack("o-ana-1", "r-1", (("LAMP", 1),))],
    ),
    (
        open_at_its_end,
        [
            LaunchOffer("ES", 30, 700, 3, None, date(2026, 3, 14)),
            Wait(datetime(2026, 3, 13, 23, tzinfo=UTC)),
            Redeem("ana", len(OFFERS), None),
        ],
    ),
    (
        categories_unseen,
        [
            Exclude("ES", ("category", "PHONE"), True),
            Buy("ana", "o-ana-3", (Item("PHONE-1", 1, 50_000, category="PHONE"),), "EUR"),
        ],
    ),
    (dearest_first, [Quote(0, LAMPS, "EUR")]),
]


@pytest.mark.parametrize(("damage", "history"), HISTORIES, ids=[damage.__name__ for damage, _ in HISTORIES])
async def test_a_seeded_fault_is_a_disagreement(
    prepared: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch, damage: Damage, history: Sequence[Deed]
) -> None:
    async with example(prepared) as sound:
        await sound.follow("told", history)

    damage(monkeypatch)

    async with example(prepared) as damaged:
        with pytest.raises(Disagreement):
            await damaged.follow("told", history)


async def test_a_run_comes_upon_a_fault_by_itself_and_tells_how(
    prepared: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    latest_first(monkeypatch)

    report = await run_model(prepared, examples=10, steps=40, seed=1)

    assert report.disagreement is not None
    assert report.disagreement.startswith("seed ")
    assert "Reserve(" in report.disagreement or "Adjust(" in report.disagreement


async def test_what_only_the_whole_check_sees_is_found_after_the_next_deed(prepared: EmbeddedPostgres) -> None:
    async with example(prepared) as run:
        for damage in ("DISABLE TRIGGER ALL", "DROP CONSTRAINT order_line_net"):
            await rows(connection(), f"ALTER TABLE order_line {damage}")
        await rows(connection(), "UPDATE order_line SET gross_minor = gross_minor + 1")

        with pytest.raises(Disagreement, match=r"check order_line\.order_line_net does not hold: order_line 1, CHECK"):
            await run.follow("told", [Sweep()])

        async with transaction() as db:
            assert await disagreements() == list(await every_disagreement(db))
