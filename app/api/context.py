"""What does one request carry to its resolvers?"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.activities.store import ActivitiesAsked, ActivityPage, own_activity_page
from app.api.errors import ApiError
from app.api.loaders import Loaders
from app.changes import Listener
from app.coupons.catalogue import stocks_left
from app.coupons.codes import CouponCodes
from app.coupons.models import Coupon
from app.database import connection
from app.members.store import MemberView, Moment, read_moment, settled
from app.members.tombstones import Tombstones
from app.programmes.store import Book, StoredRevision, known_book, revision_book
from app.requests.outcome import Outcome
from app.staff.adjust import ADJUSTMENT_LIMIT
from app.texts.render import locale_of, negotiate


class Asker(Protocol):
    """Who asks: the token's subject and roles."""

    @property
    def subject(self) -> str: ...
    @property
    def roles(self) -> frozenset[str]: ...


@dataclass(frozen=True)
class Gateway:
    """What all requests share.

    `adjustment_limit`: the most points that one of staff adjusts alone. `tombstone_key`: of erased identities; the
    coupon codes' key where there is none of its own. `listener`: who tells subscriptions of changes; without one there
    are none.
    """

    codes: CouponCodes
    adjustment_limit: int = ADJUSTMENT_LIMIT
    tombstone_key: bytes | None = None
    listener: Listener | None = None

    @property
    def tombstones(self) -> Tombstones:
        """Who knows the erased again."""
        return Tombstones(self.tombstone_key or self.codes.key)


class Context:
    """One request: who asks, in which language they read, and the loaders of what they read."""

    def __init__(self, gateway: Gateway, principal: Asker | None, accept_language: str | None) -> None:
        self.gateway = gateway
        self.principal = principal
        self.asked_locale = negotiate(accept_language)
        self.loaders = Loaders()
        self._reading: asyncio.Future[Moment] | None = None
        self._settling: asyncio.Task[Moment] | None = None
        self._present: Moment | None = None
        self._begun: dict[ActivitiesAsked, asyncio.Future[ActivityPage]] = {}
        self._stocks: asyncio.Future[Mapping[int, int | None]] | None = None
        self._book: Book | None = None

    @property
    def roles(self) -> frozenset[str] | None:
        """The roles of who asks; None without a token."""
        return self.principal.roles if self.principal is not None else None

    @property
    def subject(self) -> str:
        """Whose token this is. Raises ApiError (UNAUTHENTICATED) without one."""
        if self.principal is None:
            raise ApiError("UNAUTHENTICATED", "This needs a token")
        return self.principal.subject

    @property
    def caller(self) -> str:
        """Whose idempotency keys these are: a service and a member of the same name are two callers."""
        return f"{'+'.join(sorted(self.roles or ()))}:{self.subject}"

    @property
    def is_member(self) -> bool:
        return self.principal is not None and "member" in self.principal.roles

    @property
    def sees_members(self) -> bool:
        """May they read any member: the shop's back end and staff."""
        return bool((self.roles or frozenset()) & {"service", "staff"})

    def begin(self) -> asyncio.Future[Moment] | None:
        """Begin to read the moment; None where that is begun already."""
        return self._read_moment() if self._reading is None else None

    def _read_moment(self) -> asyncio.Future[Moment]:
        self._reading = read_moment(self.principal.subject if self.principal is not None and self.is_member else None)
        return self._reading

    async def moment(self) -> Moment:
        """The programme's time and the member who asks, settled; read once a request and after each write."""
        if self._present is not None:
            return self._present
        reading = self._reading or self._read_moment()
        found = reading.result() if reading.done() else await asyncio.shield(reading)
        if found.is_due:
            self._begun = {}  # read before the member is settled
            if self._settling is None:
                self._settling = asyncio.create_task(settled(found))
            found = await asyncio.shield(self._settling)
        if reading is self._reading:  # else something was written meanwhile
            self._present = found
        return found

    def begin_activities(self, asked: ActivitiesAsked) -> asyncio.Future[ActivityPage] | None:
        """Begin to read a page of the member who asks, before it is known who that is."""
        if self.principal is None or not self.is_member or self._present is not None:
            return None
        page = self._begun.get(asked)
        if page is None:
            page = self._begun[asked] = own_activity_page(self.principal.subject, asked)
        return page

    async def activities_of(self, member_id: int, asked: ActivitiesAsked) -> ActivityPage:
        """A page of a member's activities; where the awards come with it they need not be read again."""
        me = await self.me()
        begun = self._begun.get(asked) if me is not None and me.id == member_id else None
        page = await (begun if begun is not None else self.loaders.activities.load((member_id, asked)))
        if asked.awards:
            for row in page.rows:
                self.loaders.awards.prime(row.id, row.awards or [])
        return page

    def begin_stocks(self) -> asyncio.Future[Mapping[int, int | None]] | None:
        """Begin to read what is left of the offers that are in memory."""
        if self._stocks is None and self._present is None:
            self._stocks = stocks_left()
        return self._stocks

    def stocks(self, offer_ids: Sequence[int]) -> Hashable | None:
        """What is left of these offers, where that has been read together with who asks."""
        read = self._stocks
        if read is None or not read.done() or read.cancelled() or read.exception() is not None:
            return None
        left = read.result()
        return tuple(left[one] for one in offer_ids) if all(one in left for one in offer_ids) else None

    def stock_left(self, offer_id: int) -> asyncio.Future[int | None] | int | None:
        """How many coupons of an offer are left; None: there is no limit."""
        if self._stocks is not None and self._stocks.done() and offer_id in self._stocks.result():
            return self._stocks.result()[offer_id]
        return self.loaders.stock_left.load(offer_id)

    async def me(self) -> MemberView | None:
        """The member who asks; None when it is nobody, not a member's token, or not enrolled."""
        return (await self.moment()).member

    async def member(self, row_id: int) -> MemberView | None:
        """A member by row id, whoever may see them."""
        me = await self.me()
        return me if me is not None and me.id == row_id else await self.loaders.member.load(row_id)

    async def book(self) -> Book:
        """The programme's revisions."""
        if self._book is None:
            head, known = (await self.moment()).revision_head, known_book()
            self._book = known if known.head == head else await revision_book(connection(), head)
        return self._book

    async def revision(self, member: MemberView) -> StoredRevision:
        """The revision in force for a member now."""
        return (await self.book()).of(member.account.market, member.at)

    async def locale(self, market: str | None = None) -> str:
        """The reader's language: as `Accept-Language` says, else the market's (the asking member's when not given)."""
        if self.asked_locale is not None:
            return self.asked_locale
        if market is None:
            me = await self.me()
            market = me.account.market if me is not None else None
        book = await self.book()
        return locale_of(book.facts(market).locale) if market in book.markets and market is not None else "en"

    def look_again(self) -> None:
        """What was read so far is old: from here on the present is read."""
        self.loaders = Loaders()
        self._reading = self._settling = self._present = self._book = None
        self._begun, self._stocks = {}, None

    async def write(self, act: Awaitable[Outcome]) -> Outcome:
        """Run a use case; what was read before it is old then, and what it wrote need not be read again."""
        try:
            outcome = await act
        finally:
            self.look_again()
        for row in outcome.written:
            if isinstance(row, Coupon):
                self.loaders.coupon.prime(row.id, row)
        return outcome


MakeContext = Callable[..., Coroutine[Any, Any, Context]]


def context_maker(gateway: Gateway) -> MakeContext:
    """What builds the context of each request."""

    async def make_context(*, principal: Asker | None, accept_language: str | None) -> Context:
        return Context(gateway, principal, accept_language)

    return make_context
