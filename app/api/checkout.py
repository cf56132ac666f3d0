"""Which points are held for which checkout?"""

from datetime import datetime

import strawberry

from app.api.enums import ReservationStatus
from app.api.ids import global_id
from app.api.info import Info
from app.api.lazy import LazyMember
from app.api.money import Money, money
from app.api.node import Node
from app.checkout import models
from app.checkout.store import status_now


@strawberry.type(description="Points held for an order at checkout.")
class Reservation(Node):
    row: strawberry.Private[models.Reservation]
    owner: strawberry.Private[LazyMember]
    status: ReservationStatus = strawberry.field(description="How it stands, by the clock.")
    points: int = strawberry.field(description="How many points were held.")
    captured: int = strawberry.field(description="How many of them were spent.")
    discount: Money = strawberry.field(
        description="What it takes off the order: its points while held, what was spent once captured, else nothing."
    )
    held_until: datetime = strawberry.field(description="The instant at which they come free by themselves.")

    @strawberry.field(description="Whose points they are.")
    def member(self) -> LazyMember:
        return self.owner

    @strawberry.field(description="The order that they are held for, in its source's words.")
    async def order_id(self, info: Info) -> str:
        order = await info.context.loaders.order.load(self.row.order_id)
        if order is None:
            raise LookupError(f"reservation {self.row.id} has no order")
        return order.order_id


async def reservation(info: Info, row: models.Reservation, owner: LazyMember) -> Reservation:
    """A reservation of a member as clients read it."""
    status = ReservationStatus[status_now(row, (await info.context.moment()).now)]
    counts = row.points if status is ReservationStatus.HELD else row.captured
    point_value_minor = (
        (await info.context.book()).of(owner.view.account.market, row.created_at).revision.point_value_minor
    )
    return Reservation(
        id=global_id("Reservation", row.member_id, row.id),
        row=row,
        owner=owner,
        status=status,
        points=row.points,
        captured=row.captured,
        discount=money(counts * point_value_minor, owner.currency),
        held_until=row.held_until,
    )


async def reservation_by_id(info: Info, row_id: int | None, owner: LazyMember | None) -> Reservation | None:
    """The reservation of a row id, when it is this member's."""
    if row_id is None or owner is None:
        return None
    row = await info.context.loaders.reservation.load(row_id)
    return await reservation(info, row, owner) if row and row.member_id == owner.view.id else None
