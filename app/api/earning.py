"""What does a member do in the app?"""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import argument

from app.activities.custom import Custom, record_custom
from app.activities.fuel import tap_fuel
from app.activities.login import record_login
from app.activities.share import Shared, record_share
from app.api.info import Info
from app.api.inputs import INPUT, KEY, SOURCE, call_of
from app.api.payloads import ActivityPayload, activity_payload
from app.api.roles import MEMBER, SERVICE, only
from app.api.scalars import URL


@strawberry.input(description="A log-in in the Mi Store app.")
class RecordAppLoginInput:
    idempotency_key: str = strawberry.field(description=KEY)
    device_id: str = strawberry.field(description="The device: 1 to 128 characters.")


@strawberry.input(description="A tap on a Fuel button.")
class TapFuelInput:
    idempotency_key: str = strawberry.field(description=KEY)
    tapped_at: datetime | None = strawberry.field(
        default=None, description="Of a tap made off line: when, at most 48 hours ago."
    )


@strawberry.input(description="A product shared on an own social profile.")
class RecordShareInput:
    idempotency_key: str = strawberry.field(description=KEY)
    sku: str = strawberry.field(description="The product: 1 to 64 characters.")
    network: str = strawberry.field(description="The network: a lower-case word of at most 32 characters.")
    url: URL = strawberry.field(description="The post, or the product's link.")
    share_id: str | None = strawberry.field(default=None, description="The share's id, to delete it by.")


@strawberry.input(description="An activity that a revision or a campaign knows by its code.")
class RecordCustomActivityInput:
    idempotency_key: str = strawberry.field(description=KEY)
    mi_account_id: str = strawberry.field(description="Who did it.")
    code: str = strawberry.field(description='Its name: "BROWSE", "QUIZ-2026".')
    reference: str = strawberry.field(description="Its own within source and code: 1 to 128 characters.")
    source: str = strawberry.field(default="mi.com", description=SOURCE)
    occurred_at: datetime | None = strawberry.field(default=None, description="When; now when not given.")


@strawberry.type
class EarningMutations:
    @strawberry.mutation(description="Log in in the app; the first time earns.", metadata=only(MEMBER))
    async def record_app_login(
        self, info: Info, input: Annotated[RecordAppLoginInput, argument(description=INPUT)]
    ) -> ActivityPayload | None:
        context = info.context
        call = call_of(context.caller, "recordAppLogin", input)
        return await activity_payload(info, await context.write(record_login(call, context.subject, input.device_id)))

    @strawberry.mutation(
        description="Tap Fuel; once a local day earns, seven days in a row earn more.", metadata=only(MEMBER)
    )
    async def tap_fuel(
        self, info: Info, input: Annotated[TapFuelInput, argument(description=INPUT)]
    ) -> ActivityPayload | None:
        context = info.context
        call = call_of(context.caller, "tapFuel", input)
        return await activity_payload(info, await context.write(tap_fuel(call, context.subject, input.tapped_at)))

    @strawberry.mutation(description="Share a product.", metadata=only(MEMBER))
    async def record_share(
        self, info: Info, input: Annotated[RecordShareInput, argument(description=INPUT)]
    ) -> ActivityPayload | None:
        context = info.context
        call = call_of(context.caller, "recordShare", input)
        shared = Shared(input.sku, input.network, input.url, input.share_id)
        return await activity_payload(info, await context.write(record_share(call, context.subject, shared)))

    @strawberry.mutation(
        description="Record what a revision or a running campaign knows by a code; the same reference is the same.",
        metadata=only(SERVICE),
    )
    async def record_custom_activity(
        self, info: Info, input: Annotated[RecordCustomActivityInput, argument(description=INPUT)]
    ) -> ActivityPayload | None:
        context = info.context
        call = call_of(context.caller, "recordCustomActivity", input)
        custom = Custom(input.source, input.code, input.reference, input.occurred_at)
        return await activity_payload(info, await context.write(record_custom(call, input.mi_account_id, custom)))
