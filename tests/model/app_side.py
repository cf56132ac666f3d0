"""What does the software say that a deed did, and which row is which thing of the oracle?"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from app.coupons.codes import CouponCodes
from app.coupons.till import Till
from app.database import connection, rows, value
from app.members.tombstones import Tombstones
from app.orders.lines import LineGiven, OrderGiven
from app.requests.once import Call
from app.requests.outcome import Outcome
from tests.journeys.inside import stop_clock
from tests.model.oracle.books import Books
from tests.model.oracle.coupons import Offer
from tests.model.oracle.orders import Item

SOURCE = "mi.com"
PRINCIPAL = "service:model"
TOMBSTONES = Tombstones(b"an erasure key of the model alone")
CODES = CouponCodes(b"a coupon key of the model alone")
_OFFER = """
INSERT INTO coupon_offer (market_id, price_points, value_minor, minimum_order_minor, valid_days, stock, stock_left,
                          limit_per_member, suspended, excluded_skus, excluded_categories, titles)
VALUES ($1, $2, $3, $4, $5, $6, $6, $7, false, to_jsonb($8::text[]), to_jsonb($9::text[]), '{}') RETURNING id
"""


@dataclass
class AppSide:
    """The software on its database, and the row ids of what the oracle knows by (kind, number).

    `outcomes`: of a deed that asks for several things.
    """

    now: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    outcomes: list[Outcome] = field(default_factory=list)

    ids: dict[tuple[str, Hashable], int] = field(default_factory=dict)
    till: Till = field(default_factory=Till)

    async def clock(self, at: datetime) -> None:
        self.now = at
        await stop_clock(connection(), at)

    async def offer(self, books: Books, offer: Offer) -> None:
        """An offer that the oracle knows comes into the catalogue."""
        row_id = await value(
            connection(),
            _OFFER,
            offer.market,
            offer.price,
            offer.value_minor,
            offer.minimum_minor or None,
            offer.valid_days,
            offer.stock_left,
            offer.limit,
            sorted(offer.excluded),
            sorted(offer.excluded_categories),
        )
        books.offers.append(offer)
        self.ids["offer", offer.number] = row_id

    async def code(self, coupon: int) -> str:
        [found] = await rows(connection(), "SELECT nonce FROM coupon WHERE id = $1", self.ids["coupon", coupon])
        return CODES.code(found["nonce"])

    async def slug(self, campaign: int) -> str:
        row_id = self.ids["campaign", campaign]
        slug: str = await value(connection(), "SELECT slug FROM campaign WHERE id = $1", row_id)
        return slug

    async def order(self, items: tuple[Item, ...], currency: str, coupon: int | None, points: int) -> OrderGiven:
        lines = tuple(
            LineGiven(
                item.sku,
                Decimal(item.price_minor) / 100,
                item.quantity,
                Decimal(item.discount_minor) / 100,
                categories=(item.category,),
            )
            for item in items
        )
        return OrderGiven(currency, lines, await self.code(coupon) if coupon is not None else None, points)

    def known(self, kind: str, number: Hashable, row_id: int | None) -> bool:
        """Is this the row of that thing? The first one that is told is."""
        return row_id is not None and self.ids.setdefault((kind, number), row_id) == row_id


def call_of(key: str, deed: object) -> Call:
    """A request: its fingerprint is all that is asked."""
    return Call(PRINCIPAL, key, type(deed).__name__, repr(deed).encode())
