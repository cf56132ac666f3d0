"""How do staff change the programme's numbers, and what it leaves out?"""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import argument

from app.api.enums import MarketCode
from app.api.errors import UserError
from app.api.info import Info
from app.api.inputs import INPUT, KEY, call_of
from app.api.payloads import ERRORS, outcome_errors
from app.api.programmes import Programme, programme_by_id
from app.api.roles import STAFF, only
from app.programmes.exclude import Products, exclude_products
from app.programmes.revise import load_revision
from app.requests.outcome import Outcome


@strawberry.input(description="Products to leave out of the programme in a market, or to take in again.")
class ExcludeProductsInput:
    idempotency_key: str = strawberry.field(description=KEY)
    market: MarketCode = strawberry.field(description="The market.")
    skus: list[str] = strawberry.field(default_factory=list, description="The products, at most 100.")
    categories: list[str] = strawberry.field(default_factory=list, description="The categories, at most 100.")
    excluded: bool = strawberry.field(default=True, description="false: they take part again, for good.")
    from_at: datetime | None = strawberry.field(default=None, name="from", description="From when; null: from now on.")
    until_at: datetime | None = strawberry.field(
        default=None, name="until", description="Until when, exclusive; null: for ever."
    )


@strawberry.input(description="A programme document, with the numbers of one market or more.")
class LoadProgrammeRevisionInput:
    idempotency_key: str = strawberry.field(description=KEY)
    document: str = strawberry.field(
        description="The TOML document that `mipoints programme load` takes, at most 100,000 bytes."
    )


@strawberry.type(description="What became of the programme.")
class ProgrammePayload:
    programme: Programme | None = strawberry.field(description="The revision it is about.")
    user_errors: list[UserError] = strawberry.field(description=ERRORS)


@strawberry.type
class RevisionMutations:
    @strawberry.mutation(
        description="Leave products out of earning, points discount and coupons alike, or take them in again.",
        metadata=only(STAFF),
    )
    async def exclude_products(
        self, info: Info, input: Annotated[ExcludeProductsInput, argument(description=INPUT)]
    ) -> ProgrammePayload | None:
        context = info.context
        products = Products(
            input.market.value,
            tuple(input.skus),
            tuple(input.categories),
            input.excluded,
            input.from_at,
            input.until_at,
        )
        call = call_of(context.caller, "excludeProducts", input)
        return await _payload(info, await context.write(exclude_products(call, context.subject, products)))

    @strawberry.mutation(
        description="Load a revision: in force from its `validFrom`, or at once where that is past; "
        "what was earned before keeps its own.",
        metadata=only(STAFF),
    )
    async def load_programme_revision(
        self, info: Info, input: Annotated[LoadProgrammeRevisionInput, argument(description=INPUT)]
    ) -> ProgrammePayload | None:
        context = info.context
        call = call_of(context.caller, "loadProgrammeRevision", input)
        return await _payload(info, await context.write(load_revision(call, context.subject, input.document)))


async def _payload(info: Info, outcome: Outcome) -> ProgrammePayload:
    found = programme_by_id(await info.context.book(), outcome.revision_id) if outcome.revision_id else None
    return ProgrammePayload(programme=found, user_errors=await outcome_errors(info, outcome))
