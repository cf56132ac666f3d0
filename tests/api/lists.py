"""Which lists does the schema page through, and how is each walked and made longer?"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from app.database import connection, rows
from tests.api.asking import ask, done, read
from tests.api.makers import bought, enrolled, offered, redeemed, reserved, shared
from tests.client import SHOP, STAFF, Who, fresh

PAGE = "edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
PAGING = "$first: Int, $after: String, $last: Int, $before: String"
PASSED = "first: $first, after: $after, last: $last, before: $before"


@dataclass(frozen=True)
class Listed:
    """A list as `who` sees it: its place in a document, and `more`, which adds one to it."""

    path: tuple[str, ...]
    who: Who
    more: Callable[[], Awaitable[object]]
    chosen: str = ""

    def document(self) -> str:
        """The document that asks for a page."""
        asked = f"{self.path[-1]}({PASSED}{self.chosen}) {{ {PAGE} }}"
        for outer in reversed(self.path[:-1]):
            asked = f"{outer} {{ {asked} }}"
        return f"query ({PAGING}) {{ {asked} }}"

    async def page(self, **paging: Any) -> Any:
        """A page that meets no error."""
        found = await read(self.document(), as_=self.who, **paging)
        for name in self.path:
            found = found[name]
        return found

    async def answer(self, **paging: Any) -> dict[str, Any]:
        """The whole answer to a page that may meet an error."""
        return await ask(self.document(), paging, as_=self.who)

    async def forward(self, size: int, between: Callable[[], Awaitable[object]] | None = None) -> list[str]:
        """The ids of the list, walked in pages from its front; `between` happens after each page."""
        ids: list[str] = []
        after, more = None, True
        while more:
            page = await self.page(first=size, after=after)
            assert not set(ids) & set(ids_of(page)), "a page gives again what one before it gave"
            ids += ids_of(page)
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
            assert len(page["edges"]) == size if more else len(page["edges"]) <= size
            if between:
                await between()
        return ids

    async def backward(self, size: int, between: Callable[[], Awaitable[object]] | None = None) -> list[str]:
        """The ids of the list, walked in pages from its back."""
        ids: list[str] = []
        before, more = None, True
        while more:
            page = await self.page(last=size, before=before)
            assert not set(ids) & set(ids_of(page)), "a page gives again what one before it gave"
            ids = ids_of(page) + ids
            before, more = page["pageInfo"]["startCursor"], page["pageInfo"]["hasPreviousPage"]
            if between:
                await between()
        return ids


def ids_of(page: Any) -> list[str]:
    """The ids on a page, in its order."""
    return [edge["node"]["id"] for edge in page["edges"]]


async def activities() -> Listed:
    """What a member did; a share adds one."""
    who = await enrolled()
    return Listed(("me", "activities"), who, lambda: shared(who))


async def statement() -> Listed:
    """A member's statement; a purchase adds a line."""
    who = await enrolled()
    return Listed(("me", "statement"), who, lambda: bought(who, "2.00"))


async def coupons() -> Listed:
    """A member's coupons; a redemption adds one."""
    who = await enrolled(points=1_000)
    offer = await offered(3)
    return Listed(("me", "coupons"), who, lambda: redeemed(who, offer))


async def notices() -> Listed:
    """What a member was told; a purchase that posts adds one."""
    who = await enrolled()
    return Listed(("me", "notices"), who, lambda: bought(who, "2.00", delivered=True))


async def coupon_offers() -> Listed:
    """The catalogue of Spain, cheapest first; a new offer stands in front of the dearer ones."""
    return Listed(("couponOffers",), STAFF, lambda: offered(300), ", market: ES")


async def members() -> Listed:
    """All members, in order of enrolment."""
    return Listed(("members",), STAFF, enrolled)


async def audit_log() -> Listed:
    """What staff did; another change of a zone adds a line."""
    who = await enrolled()

    async def more() -> None:
        await done(STAFF, "changeTimeZone", miAccountId=who.subject, timeZone="Atlantic/Canary")

    return Listed(("auditLog",), STAFF, more)


async def campaigns() -> Listed:
    """The campaigns that run, the last launched first; a launch adds one."""

    async def more() -> None:
        launch = {"trigger": "FUEL", "bonusPoints": 5, "markets": ["ES"], "titles": [{"locale": "es", "text": "Marzo"}]}
        window = {"startsAt": "2026-03-01T00:00", "endsAt": "2026-04-01T00:00"}
        await done(STAFF, "launchCampaign", slug=fresh("campaign"), **launch, **window)

    return Listed(("campaigns",), STAFF, more, ", market: ES")


async def reservations() -> Listed:
    """A member's reservations; another one adds one."""
    who = await enrolled(points=2_000)
    return Listed(("me", "reservations"), who, lambda: reserved(who, 3))


async def parked_operations() -> Listed:
    """Events that have waited long for their cause, the oldest first; a return told a month ago adds one."""

    async def told_long_ago() -> None:
        await done(SHOP, "recordReturn", orderId=fresh("order"), returnId="r-1", lines=[{"sku": "SKU-1"}])
        await rows(
            connection(),
            "UPDATE parked_event SET recorded_at = recorded_at - interval '31 days'"
            " WHERE id = (SELECT max(id) FROM parked_event)",
        )

    return Listed(("parkedOperations",), STAFF, told_long_ago)


LISTS: dict[str, Callable[[], Awaitable[Listed]]] = {
    "activities": activities,
    "statement": statement,
    "coupons": coupons,
    "reservations": reservations,
    "notices": notices,
    "couponOffers": coupon_offers,
    "members": members,
    "parkedOperations": parked_operations,
    "campaigns": campaigns,
    "auditLog": audit_log,
}
