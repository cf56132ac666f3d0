"""What do the operators owe?"""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import argument

from app.api.enums import CurrencyCode, MarketCode
from app.api.errors import ApiError
from app.api.info import Info
from app.api.money import Money, money
from app.api.roles import STAFF, only
from app.api.scalars import BigInt
from app.clock import EARLIEST
from app.ledger.liability import Flows, liability
from app.programmes.store import Book


@strawberry.type(
    description="The points that an operator owes a market's members, and how that changed after `from` up to `to`: "
    "opening + granted + restored + adjusted - redeemed - clawedBack - expired - forfeited = closing."
)
class LiabilityReport:
    market: MarketCode = strawberry.field(description="Whose members.")
    operator: str = strawberry.field(description="The legal entity that owes them.")
    currency: CurrencyCode = strawberry.field(description="The market's currency.")
    since: datetime = strawberry.field(name="from", description="Changes after this instant count.")
    until: datetime = strawberry.field(name="to", description="The last instant that counts.")
    opening: BigInt = strawberry.field(description="Points posted at `from`: available + reserved - debt.")
    granted: BigInt = strawberry.field(description="Points that came into the accounts.")
    restored: BigInt = strawberry.field(description="Spent or withdrawn points that came back.")
    redeemed: BigInt = strawberry.field(description="Points spent.")
    clawed_back: BigInt = strawberry.field(description="Points taken back, those that became debt included.")
    expired: BigInt = strawberry.field(description="Points that reached their end.")
    forfeited: BigInt = strawberry.field(description="Points given up with accounts, less the debts written off.")
    adjusted: BigInt = strawberry.field(description="Points given by staff, less those taken; negative when more were.")
    closing: BigInt = strawberry.field(description="Points posted at `to`.")
    value: Money = strawberry.field(description="What `closing` is worth at `to`.")


@strawberry.type
class LiabilityQueries:
    @strawberry.field(
        description="What each market's operator owes, true at every instant up to now.", metadata=only(STAFF)
    )
    async def liability(
        self,
        info: Info,
        market: Annotated[MarketCode | None, argument(description="Only of this market.")] = None,
        since: Annotated[
            datetime | None, argument(name="from", description="After which instant; the beginning when not given.")
        ] = None,
        until: Annotated[
            datetime | None, argument(name="to", description="Up to which instant, now at most; now when not given.")
        ] = None,
    ) -> list[LiabilityReport] | None:
        now = (await info.context.moment()).now
        since, until = since or EARLIEST, until or now
        if until > now:
            raise ApiError("BAD_USER_INPUT", "`to` lies in the future")
        if since > until:
            raise ApiError("BAD_USER_INPUT", "`from` is later than `to`")
        book = await info.context.book()
        served = [code for code in sorted(book.markets) if market is None or code == market.value]
        flows = await liability(since, until, market.value if market else None) if served else {}
        return [_report(book, code, flows.get(code, Flows()), since, until) for code in served]


def _report(book: Book, market: str, flows: Flows, since: datetime, until: datetime) -> LiabilityReport:
    facts = book.facts(market)
    value_minor = book.of(market, until).revision.point_value_minor
    return LiabilityReport(
        market=MarketCode(market),
        operator=facts.operator,
        currency=CurrencyCode(facts.currency),
        since=since,
        until=until,
        opening=BigInt(flows.opening),
        granted=BigInt(flows.granted),
        restored=BigInt(flows.restored),
        redeemed=BigInt(flows.redeemed),
        clawed_back=BigInt(flows.clawed_back),
        expired=BigInt(flows.expired),
        forfeited=BigInt(flows.forfeited),
        adjusted=BigInt(flows.adjusted),
        closing=BigInt(flows.closing),
        value=money(flows.closing * value_minor, facts.currency),
    )
