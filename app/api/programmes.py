"""What are the programme's markets and numbers?"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry import argument

from app.api.connections import After, Connection, First, connect, window
from app.api.enums import CurrencyCode, LimitPeriod, MarketCode
from app.api.hints import PROGRAMME_S, public
from app.api.ids import global_id
from app.api.info import Info
from app.api.money import Money, money
from app.api.node import Node
from app.api.roles import everyone
from app.api.scalars import URL
from app.programmes import models
from app.programmes.store import Book, StoredRevision
from app.rules.revision import EarningRule as Rule
from app.rules.revision import Revision
from app.texts.render import pick, say


@strawberry.type(description="A country of the store.")
class Market:
    code: MarketCode = strawberry.field(description="The country.")
    currency: CurrencyCode = strawberry.field(description="The currency of its orders and values.")
    time_zone: str = strawberry.field(description="The IANA zone whose local dates count for its members.")
    locale: str = strawberry.field(description="The language its members read when they ask for none.")
    operator: str = strawberry.field(description="The legal entity that owes the points.")


@strawberry.type(description="A rule by which activities earn.")
class EarningRule:
    rule: str = strawberry.field(description="The rule's name, as awards state it.")
    title: str = strawberry.field(description="The rule in the reader's language.")
    points: int = strawberry.field(description="Points for each activity, or for each `per`.")
    per: str | None = strawberry.field(
        description="Points are for each whole unit of this currency; null: for each time."
    )
    limit: int | None = strawberry.field(description="How many grants a period allows; null: no limit.")
    period: LimitPeriod | None = strawberry.field(description="The period of the limit.")


@strawberry.type(description="A product or a category that neither earns nor takes a discount.")
class Exclusion:
    sku: str | None = strawberry.field(description="The product; null: it is a category.")
    category: str | None = strawberry.field(description="The category; null: it is a product.")
    from_at: datetime | None = strawberry.field(name="from", description="From when; null: always.")
    until_at: datetime | None = strawberry.field(name="until", description="Until when, exclusive; null: for ever.")


@strawberry.type(description="The programme's numbers in one market: a revision in force.")
class Programme(Node):
    market: MarketCode = strawberry.field(description="The market.")
    terms_version: str = strawberry.field(description="The terms a person accepts when they enrol.")
    terms_url: URL | None = strawberry.field(description="Where these terms are to be read.")
    revision: str = strawberry.field(description="The revision's name, as awards state it.")
    valid_from: datetime = strawberry.field(description="From when the document says that it holds.")
    point_value: Money = strawberry.field(description="What one point is worth.")
    minimum_to_possess: int = strawberry.field(description="Posted points needed to pay with points at checkout.")
    maximum_share: Decimal = strawberry.field(
        description="The greatest part of an order that points may pay: 1 is all of it."
    )
    expiry_months: int = strawberry.field(description="Calendar months from posting to expiry.")
    posting_days: int = strawberry.field(
        description="Local days after the activity by whose end its points are posted."
    )
    minimum_age: int = strawberry.field(description="Years of age to become a member.")
    excluded_skus: list[str] = strawberry.field(description="Products that the revision itself leaves out.")
    excluded_categories: list[str] = strawberry.field(description="Categories that the revision itself leaves out.")
    stored: strawberry.Private[Revision]

    @strawberry.field(description="The rules by which activities earn, in the programme's order.")
    async def earning_rules(self, info: Info) -> list[EarningRule]:
        locale = await info.context.locale(self.market.value)
        return [_rule(rule, self.stored, locale) for rule in self.stored.rules]

    @strawberry.field(description="What staff leave out in this market, in force now or to come, newest first.")
    async def exclusions(self, info: Info, first: First = None, after: After = None) -> Connection[Exclusion] | None:
        asked = window("exclusions", (int,), first=first, after=after)
        now = (await info.context.moment()).now
        page = await info.context.loaders.exclusions.load((self.market.value, now, asked))
        return connect("exclusions", page, lambda row: (row.id,), _exclusion)


def programme(stored: StoredRevision) -> Programme:
    """A revision as clients read it."""
    revision = stored.revision
    return Programme(
        id=global_id("Programme", 0, stored.id),
        market=MarketCode(revision.market.code),
        terms_version=revision.terms_version,
        terms_url=URL(revision.terms_url) if revision.terms_url else None,
        revision=revision.name,
        valid_from=revision.valid_from,
        point_value=money(revision.point_value_minor, revision.market.currency),
        minimum_to_possess=revision.minimum_to_possess,
        maximum_share=Decimal(revision.maximum_share_bp) / 10_000,
        expiry_months=revision.expiry_months,
        posting_days=revision.posting_days,
        minimum_age=revision.minimum_age,
        excluded_skus=list(revision.excluded_skus),
        excluded_categories=list(revision.excluded_categories),
        stored=revision,
    )


def programme_by_id(book: Book, row_id: int) -> Programme | None:
    """The revision of this row id."""
    found = (stored for revisions in book.markets.values() for stored in revisions if stored.id == row_id)
    return next((programme(stored) for stored in found), None)


def rule_title(rule: str, revision: Revision, locale: str, *, prefix: str = "rule", **facts: object) -> str:
    """A rule in the reader's language; a custom rule brings its own titles."""
    own = next((one.titles for one in revision.rules if one.rule == rule and one.titles), None)
    return pick(own, locale) if own else say(locale, f"{prefix}-{rule}", facts)


def _exclusion(row: models.Exclusion) -> Exclusion:
    return Exclusion(sku=row.sku, category=row.category, from_at=row.from_at, until_at=row.until_at)


def _rule(rule: Rule, revision: Revision, locale: str) -> EarningRule:
    return EarningRule(
        rule=rule.rule,
        title=rule_title(rule.rule, revision, locale),
        points=rule.points,
        per=revision.market.currency if rule.per_unit else None,
        limit=rule.limit,
        period=LimitPeriod(rule.period.value) if rule.period else None,
    )


@strawberry.type
class ProgrammeQueries:
    @strawberry.field(description="The markets that are served.", metadata={**everyone(), **public(PROGRAMME_S)})
    async def markets(self, info: Info) -> list[Market] | None:
        book = await info.context.book()
        return [
            Market(
                code=MarketCode(facts.code),
                currency=CurrencyCode(facts.currency),
                time_zone=facts.time_zone,
                locale=facts.locale,
                operator=facts.operator,
            )
            for facts in (book.facts(code) for code in book.markets)
        ]

    @strawberry.field(
        description="The programme's numbers in a market; null where it is not served.",
        metadata={**everyone(), **public(PROGRAMME_S)},
    )
    async def programme(
        self,
        info: Info,
        market: Annotated[MarketCode, argument(description="The market.")],
        at: Annotated[datetime | None, argument(description="In force at this instant; now when not given.")] = None,
    ) -> Programme | None:
        moment = await info.context.moment()
        stored = (await info.context.book()).in_force(market.value, at or moment.now)
        return programme(stored) if stored else None
