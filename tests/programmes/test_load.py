"""Does a programme document come into force when it should, once, whole or not at all, and for everybody at once?"""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

import app.programmes
from app.database import Db, rows, transaction, value
from app.programmes.load import SHIPPED, load, load_shipped, shipped
from app.programmes.store import Book, revision_book
from app.rules.revision import Document, DocumentError, Revision, parse_document, run_examples
from tests.ledger.makers import START, clock_at, enrolled, launched, logged_in, statement, utc
from tests.rules.makers import SEED_TEXT

MARKETS = ["ES", "FR", "GB", "IT"]
DOCUMENTS = sorted(path.name for path in Path(app.programmes.__path__[0]).glob("*.toml"))
FIGURES = """
SELECT (SELECT count(*) FROM market) AS markets, (SELECT count(*) FROM programme_revision) AS revisions,
       (SELECT count(*) FROM coupon_offer) AS offers
"""


def document(name: str, valid_from: str, *changes: tuple[str, str]) -> Document:
    """The seed under another name, valid from a local date, with texts changed."""
    text = SEED_TEXT.replace('name = "SEED-2020"', f'name = "{name}"').replace("= 2020-01-01 ", f"= {valid_from} ")
    text = text.partition("\n[[examples]]")[0]
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return parse_document(text)


MORE_FOR_LOGIN = ('trigger = "APP_LOGIN"\npoints = 30', 'trigger = "APP_LOGIN"\npoints = 100')


async def loaded(given: Document) -> list[int]:
    async with transaction() as db:
        return await load(db, given)


async def figures(db: Db) -> tuple[int, ...]:
    return tuple((await rows(db, FIGURES))[0])


async def in_force(db: Db, at: datetime, market: str = "ES") -> Revision:
    return (await revision_book(db)).of(market, at).revision


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_worked_examples_of_every_shipped_document_come_out(name: str) -> None:
    given = shipped(name)

    assert given.examples
    assert run_examples(given) == []


def test_what_is_in_force_from_the_start_is_shipped() -> None:
    assert SHIPPED == ("seed-2020.toml",)
    assert set(SHIPPED) <= set(DOCUMENTS)


async def test_loading_again_changes_nothing(db: Db) -> None:
    await launched()
    before = await figures(db)

    async with transaction() as again:
        await load_shipped(again)

    assert before == (4, 4, 16)
    assert await figures(db) == before
    assert await loaded(shipped(SHIPPED[0])) == []


async def test_several_who_load_at_once_load_once(db: Db) -> None:
    await launched()

    found = await asyncio.gather(*(loaded(document("NEXT", "2026-01-01")) for _ in range(5)))

    assert sorted(map(len, found)) == [0, 0, 0, 0, 4]
    assert await figures(db) == (4, 8, 32)


async def test_a_revision_of_a_known_name_is_left_as_it_is(db: Db) -> None:
    await launched()

    assert await loaded(document("SEED-2020", "2020-01-01", MORE_FOR_LOGIN)) == []

    assert (await in_force(db, START)).rules[1].points == 30


async def test_the_first_revision_is_in_force_from_the_start_and_before_it(db: Db) -> None:
    await launched()

    book = await revision_book(db)

    assert sorted(book.markets) == MARKETS
    for market in MARKETS:
        (stored,) = book.markets[market]
        assert stored.in_force_from == stored.revision.valid_from
        assert book.of(market, utc("2015-01-01")) is stored
    assert book.of("ES", START).in_force_from == utc("2019-12-31T23:00:00")
    assert book.of("GB", START).in_force_from == utc("2020-01-01T00:00:00")


async def test_a_revision_valid_in_the_future_is_in_force_from_its_local_midnight(db: Db) -> None:
    await launched()

    await loaded(document("NEXT", "2026-06-17"))

    midnights = {"ES": utc("2026-06-16T22:00:00"), "GB": utc("2026-06-16T23:00:00")}
    for market, midnight in midnights.items():
        assert (await in_force(db, midnight - timedelta(microseconds=1), market)).name == "SEED-2020"
        assert (await in_force(db, midnight, market)).name == "NEXT"


async def test_a_revision_loaded_late_is_in_force_from_its_loading(db: Db) -> None:
    await launched()
    await clock_at(utc("2026-06-20T12:00:00"))

    await loaded(document("NEXT", "2026-06-17"))

    assert (await in_force(db, utc("2026-06-20T11:59:59"))).name == "SEED-2020"
    assert (await in_force(db, utc("2026-06-20T12:00:10"))).name == "NEXT"


async def test_of_two_revisions_the_one_in_force_last_counts(db: Db) -> None:
    await launched()
    await loaded(document("FAR", "2026-09-01"))
    await loaded(document("NEAR", "2026-05-01"))

    names = [(await in_force(db, utc(f"2026-{month}-15"))).name for month in ("04", "06", "10")]

    assert names == ["SEED-2020", "NEAR", "FAR"]


async def test_what_was_earned_before_keeps_its_revision_and_what_comes_after_has_the_new_one(db: Db) -> None:
    await launched()
    early, late = await enrolled(), await enrolled()
    await logged_in(early)

    await loaded(document("NEXT", "2026-01-01", MORE_FOR_LOGIN))
    await logged_in(late)

    assert await statement(early) == [("EARN", 50), ("EARN", 30)]
    assert await statement(late) == [("EARN", 50), ("EARN", 100)]
    names = await rows(
        db,
        "SELECT name, sum(points) AS points FROM award JOIN programme_revision ON programme_revision.id = revision_id"
        " WHERE rule = 'APP_LOGIN' GROUP BY name ORDER BY name",
    )
    assert [tuple(name) for name in names] == [("NEXT", 100), ("SEED-2020", 30)]


async def test_a_book_in_memory_is_read_again_as_soon_as_there_is_a_newer_revision(db: Db) -> None:
    await launched()
    before = await revision_book(db)
    assert await revision_book(db) is before

    await loaded(document("NEXT", "2026-01-01"))

    after = await revision_book(db)
    assert [stored.revision.name for stored in after.markets["ES"]] == ["SEED-2020", "NEXT"]
    assert await revision_book(db, after.head) is after


async def test_a_book_is_told_apart_by_the_newest_revision_that_the_caller_has_read(db: Db) -> None:
    await launched()
    before = await revision_book(db)
    await loaded(document("NEXT", "2026-01-01"))

    assert await revision_book(db, before.head) is before
    assert (await revision_book(db, before.head + 4)).head == before.head + 4


async def test_a_new_market_comes_with_its_document(db: Db) -> None:
    await launched()
    german = SEED_TEXT.partition("[markets.ES]\n")[2].partition("\n[markets")[0].replace("Madrid", "Berlin")

    assert (
        len(await loaded(document("NEXT", "2026-01-01", ("[markets.ES]", f"[markets.DE]\n{german}\n[markets.ES]"))))
        == 5
    )

    assert (await enrolled("DE")).id
    assert await value(db, "SELECT count(*) FROM coupon_offer WHERE market_id = 'DE'") == 4


async def test_a_market_that_is_not_served_has_no_revision(db: Db) -> None:
    await launched()
    book: Book = await revision_book(db)

    assert book.in_force("DE", START) is None
    with pytest.raises(KeyError):
        book.of("DE", START)
    with pytest.raises(KeyError):
        book.facts("DE")


@pytest.mark.parametrize("fault", ["points = -5", "points = 5.5", 'points = "5"', "nonsense = 1", "points ="])
async def test_a_document_that_is_not_sound_is_not_even_read_to_its_end(db: Db, fault: str) -> None:
    await launched()
    before = await figures(db)

    with pytest.raises(DocumentError):
        await loaded(document("NEXT", "2026-01-01", ("points = 20", fault)))

    assert await figures(db) == before


async def test_a_load_that_falls_half_way_leaves_nothing(db: Db) -> None:
    await launched()
    before = await figures(db)
    await rows(db, "ALTER TABLE coupon_offer ADD CONSTRAINT cheap CHECK (market_id <> 'IT' OR price_points < 9000)")

    with pytest.raises(asyncpg.CheckViolationError):
        await loaded(document("NEXT", "2026-01-01", ("price_points = 5000", "price_points = 9000")))

    assert await figures(db) == before
    assert [stored.revision.name for stored in (await revision_book(db)).markets["ES"]] == ["SEED-2020"]
