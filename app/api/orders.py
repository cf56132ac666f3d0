"""What did an order earn, and when does it post?"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry import ID, argument

from app.api.enums import CurrencyCode
from app.api.ids import row_id_of_members
from app.api.info import Info
from app.api.inputs import INPUT, KEY, SOURCE, call_of
from app.api.payloads import ActivityPayload, activity_payload
from app.api.roles import SERVICE, only
from app.orders.delivery import Delivery, confirm_delivery
from app.orders.lines import LineGiven, OrderGiven
from app.orders.purchase import Purchase, record_purchase
from app.requests.once import reject
from app.requests.outcome import invalid


@strawberry.input(description="A line of an order, in the currency's decimals.")
class OrderLineInput:
    sku: str = strawberry.field(description="The product: 1 to 64 characters.")
    unit_price: Decimal = strawberry.field(description="The price of one piece, VAT included.")
    line_id: str | None = strawberry.field(default=None, description="Needed where a sku stands on several lines.")
    quantity: int = strawberry.field(default=1, description="Pieces: 1 to 10,000.")
    discount: Decimal = strawberry.field(default=Decimal(0), description="The shop's own discount, for the whole line.")
    categories: list[str] = strawberry.field(default_factory=list, description="The product's categories, at most 20.")


@strawberry.input(description="An order as the shop sees it.")
class OrderInput:
    currency: CurrencyCode = strawberry.field(description="The currency of the member's market.")
    lines: list[OrderLineInput] = strawberry.field(description="1 to 200 lines.")
    coupon_code: str | None = strawberry.field(default=None, description="The member's coupon that it uses.")
    points: int = strawberry.field(default=0, description="Points that have paid for a part of it, for its net alone.")
    shipping: Decimal = strawberry.field(default=Decimal(0), description="Shipping, which earns nothing.")

    def given(self) -> OrderGiven:
        """The order as the use cases read it."""
        return OrderGiven(
            self.currency.value,
            tuple(
                LineGiven(line.sku, line.unit_price, line.quantity, line.discount, line.line_id, tuple(line.categories))
                for line in self.lines
            ),
            self.coupon_code,
            self.points,
            self.shipping,
        )


@strawberry.input(description="An order placed by a signed-in member.")
class RecordPurchaseInput:
    idempotency_key: str = strawberry.field(description=KEY)
    mi_account_id: str = strawberry.field(description="Who bought.")
    order_id: str = strawberry.field(description="The order's id in its source.")
    order: OrderInput = strawberry.field(description="What was bought.")
    source: str = strawberry.field(default="mi.com", description=SOURCE)
    occurred_at: datetime | None = strawberry.field(default=None, description="When; now when not given.")
    reservation_id: ID | None = strawberry.field(
        default=None, description="The points that it pays with: captured with it, or before."
    )

    def purchase(self) -> Purchase:
        """The purchase as the use case reads it. Raises ValueError for a malformed reservation id."""
        named = row_id_of_members(self.reservation_id, "Reservation") if self.reservation_id is not None else None
        return Purchase(self.source, self.order_id, self.order.given(), self.occurred_at, named)


@strawberry.input(description="An order that reached its buyer.")
class ConfirmDeliveryInput:
    idempotency_key: str = strawberry.field(description=KEY)
    order_id: str = strawberry.field(description="The order's id in its source.")
    source: str = strawberry.field(default="mi.com", description=SOURCE)
    occurred_at: datetime | None = strawberry.field(default=None, description="When; now when not given.")


@strawberry.type
class OrderMutations:
    @strawberry.mutation(
        description="Record an order: its award is pending until delivery, or the end of the posting days.",
        metadata=only(SERVICE),
    )
    async def record_purchase(
        self, info: Info, input: Annotated[RecordPurchaseInput, argument(description=INPUT)]
    ) -> ActivityPayload | None:
        context = info.context
        call = call_of(context.caller, "recordPurchase", input)
        try:
            act = record_purchase(call, input.mi_account_id, input.purchase(), context.gateway.codes)
        except ValueError:
            act = reject(call, invalid("UNKNOWN_ID", "reservationId"))
        return await activity_payload(info, await context.write(act))

    @strawberry.mutation(
        description="Post an order's award early; after it has posted this changes nothing.", metadata=only(SERVICE)
    )
    async def confirm_delivery(
        self, info: Info, input: Annotated[ConfirmDeliveryInput, argument(description=INPUT)]
    ) -> ActivityPayload | None:
        context = info.context
        call = call_of(context.caller, "confirmDelivery", input)
        delivery = Delivery(input.source, input.order_id, input.occurred_at)
        return await activity_payload(info, await context.write(confirm_delivery(call, delivery)))
