"""What does one request carry to its resolvers?"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from app.api.errors import ApiError
from app.api.loaders import Loaders
from app.changes import Listener
from app.coupons.codes import CouponCodes
from app.coupons.models import Coupon
from app.database import connection
from app.members.store import MemberView, Moment, moment
from app.members.tombstones import Tombstones
from app.programmes.store import Book, StoredRevision, revision_book
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
        self._moment: asyncio.Task[Moment] | None = None
        self._present: Moment | None = None
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

    async def moment(self) -> Moment:
        """The programme's time and the member who asks, read once a request and after each write."""
        if self._present is not None:
            return self._present
        if self._moment is None:
            subject = self.principal.subject if self.principal is not None and self.is_member else None
            self._moment = asyncio.ensure_future(self._read_moment(subject))
        reading = self._moment
        found = await asyncio.shield(reading)
        if reading is self._moment:  # else something was written meanwhile
            self._present = found
        return found

    async def _read_moment(self, subject: str | None) -> Moment:
        loaders, found = self.loaders, await moment(subject)
        if found.member is not None:
            loaders.member.prime(found.member.id, found.member)
        return found

    async def me(self) -> MemberView | None:
        """The member who asks; None when it is nobody, not a member's token, or not enrolled."""
        return (await self.moment()).member

    async def book(self) -> Book:
        """The programme's revisions."""
        if self._book is None:
            self._book = await revision_book(connection(), (await self.moment()).revision_head)
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
        self._moment = self._present = self._book = None

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
