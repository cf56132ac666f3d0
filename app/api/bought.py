"""What did an order buy, what is kept of it, and what became of its discounts?"""

from typing import Annotated

import strawberry
from strawberry import argument

from app.api.activities import Activity
from app.api.checkout import Reservation, reservation_by_id
from app.api.coupons import Coupon, coupon
from app.api.ids import GlobalId, global_id
from app.api.info import Info
from app.api.members import Member, member_by_id
from app.api.money import Money, money
from app.api.node import Node
from app.api.roles import SERVICE, STAFF, only
from app.orders.views import OrderView, find_order


@strawberry.type(description="A line of an order with its shares of the discounts.")
class OrderLine:
    line_id: str = strawberry.field(description="The line within its order: as the shop named it, else its sku.")
    sku: str = strawberry.field(description="The product.")
    quantity: int = strawberry.field(description="Pieces bought.")
    kept: int = strawberry.field(description="Pieces that did not come back.")
    net: Money = strawberry.field(description="The whole line after every discount, VAT included.")
    coupon_discount: Money = strawberry.field(description="What the coupon took off the whole line.")
    points_discount: Money = strawberry.field(description="What points took off the whole line.")


@strawberry.type(description="An order of a member, as the shop and staff see it.")
class Order(Node):
    view: strawberry.Private[OrderView]
    owner: strawberry.Private[Member]
    order_id: str = strawberry.field(description="The order's id in its source.")
    source: str = strawberry.field(description="Where its id comes from.")

    @strawberry.field(description="Who bought.")
    def member(self) -> Member:
        return self.owner

    @strawberry.field(description="The purchase; null while only a checkout knows the order.")
    async def activity(self, info: Info) -> Activity | None:
        if self.view.activity_id is None:
            return None
        row = await info.context.loaders.activity.load(self.view.activity_id)
        return Activity(row=row, owner=self.owner) if row else None

    @strawberry.field(description="Its lines; none while only a checkout knows the order.")
    async def lines(self, info: Info) -> list[OrderLine]:
        currency = self.owner.currency
        return [
            OrderLine(
                line_id=line.line_id,
                sku=line.sku,
                quantity=line.quantity,
                kept=line.kept,
                net=money(line.net_minor, currency),
                coupon_discount=money(line.coupon_minor, currency),
                points_discount=money(line.points_minor, currency),
            )
            for line in await info.context.loaders.order_lines.load(self.view.id) or []
        ]

    @strawberry.field(description="The coupon that it reserves or uses.")
    async def coupon(self, info: Info) -> Coupon | None:
        if self.view.coupon_id is None:
            return None
        row = await info.context.loaders.coupon.load(self.view.coupon_id)
        return await coupon(info, row, self.owner) if row else None

    @strawberry.field(description="The points that were reserved for it, the last time.")
    async def reservation(self, info: Info) -> Reservation | None:
        return await reservation_by_id(info, self.view.reservation_id, self.owner)


def order(view: OrderView, owner: Member) -> Order:
    """An order as the shop and staff read it."""
    return Order(
        id=global_id("Order", view.member_id, view.id),
        view=view,
        owner=owner,
        order_id=view.order_id,
        source=view.source,
    )


async def order_node(info: Info, found: GlobalId, owner: Member) -> Order | None:
    """The order of a global id; None for members, and for another's."""
    view = await info.context.loaders.order_view.load(found.row_id) if info.context.sees_members else None
    return order(view, owner) if view and view.member_id == found.member_id else None


@strawberry.type
class OrderQueries:
    @strawberry.field(
        description="An order by its id in its source; null when nothing is known of whose it is.",
        metadata=only(SERVICE, STAFF),
    )
    async def order(
        self,
        info: Info,
        order_id: Annotated[str, argument(description="The order's id.")],
        source: Annotated[str, argument(description="Where its id comes from.")] = "mi.com",
    ) -> Order | None:
        row_id = await find_order(source, order_id)
        view = await info.context.loaders.order_view.load(row_id) if row_id is not None else None
        owner = await member_by_id(info.context, view.member_id) if view else None
        return order(view, owner) if view and owner else None
