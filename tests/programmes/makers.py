"""How do these tests leave products out, and see what is left out?"""

from dataclasses import replace
from datetime import datetime, timedelta

from app.database import connection, value
from app.programmes.exclude import Products, exclude_products
from app.programmes.exclusions import exclusions_at
from app.programmes.store import revision_book
from app.requests.outcome import Outcome
from tests.ledger.makers import Person, call, done, present, statement

FIRST_OF_AN_ORDER = Products("ES", ("SKU-0",), (), excluded=True)
DAY = timedelta(days=1)


async def excluded(products: Products = FIRST_OF_AN_ORDER) -> Outcome:
    return done(await exclude_products(call("excludeProducts"), "operator", products))


async def included(products: Products = FIRST_OF_AN_ORDER) -> Outcome:
    return await excluded(replace(products, excluded=False))


async def left_out(at: datetime | None = None, market: str = "ES") -> set[str]:
    """The products and categories that are left out at an instant, or now."""
    db = connection()
    when = at or await present()
    found = await exclusions_at(db, (await revision_book(db)).of(market, when).revision, when)
    return set(found.skus | found.categories)


async def number() -> int:
    found: int = await value(connection(), "SELECT count(*) FROM exclusion")
    return found


async def earned(person: Person) -> int:
    return sum(points for kind, points in await statement(person) if kind == "EARN") - 50
