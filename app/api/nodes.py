"""Which thing has this global id, and may they see it who ask?"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, cast

import strawberry
from strawberry import ID, argument

from app.api.activities import Activity
from app.api.audit import audit_line
from app.api.bought import order_node
from app.api.campaigns import campaign_by_id
from app.api.checkout import reservation_by_id
from app.api.coupons import coupon, coupon_offer
from app.api.errors import ApiError
from app.api.ids import GlobalId, read_id
from app.api.info import Info
from app.api.members import Member, member_by_id
from app.api.node import Node
from app.api.programmes import programme_by_id
from app.api.roles import STAFF, everyone
from app.api.statement import entry, notice

MAXIMUM_NODES = 100


async def _member(info: Info, found: GlobalId, owner: Member) -> Node | None:
    return owner if found.row_id == found.member_id else None


async def _activity(info: Info, found: GlobalId, owner: Member) -> Node | None:
    row = await info.context.loaders.activity.load(found.row_id)
    return Activity(row=row, owner=owner) if row and row.member_id == found.member_id else None


async def _entry(info: Info, found: GlobalId, owner: Member) -> Node | None:
    row = await info.context.loaders.entry.load(found.row_id)
    return entry(row, owner) if row and row.member_id == found.member_id else None


async def _notice(info: Info, found: GlobalId, owner: Member) -> Node | None:
    row = await info.context.loaders.notice.load(found.row_id)
    return notice(row, owner) if row and row.member_id == found.member_id else None


async def _coupon(info: Info, found: GlobalId, owner: Member) -> Node | None:
    row = await info.context.loaders.coupon.load(found.row_id)
    return await coupon(info, row, owner) if row and row.member_id == found.member_id else None


async def _reservation(info: Info, found: GlobalId, owner: Member) -> Node | None:
    return await reservation_by_id(info, found.row_id, owner) if found.member_id == owner.view.id else None


async def _offer(info: Info, found: GlobalId) -> Node | None:
    row = await info.context.loaders.offer.load(found.row_id)
    return await coupon_offer(info, row) if row else None


async def _campaign(info: Info, found: GlobalId) -> Node | None:
    return await campaign_by_id(info, found.row_id)


async def _audit_line(info: Info, found: GlobalId) -> Node | None:
    row = await info.context.loaders.audit_line.load(found.row_id) if STAFF in (info.context.roles or ()) else None
    return audit_line(row) if row else None


async def _programme(info: Info, found: GlobalId) -> Node | None:
    return programme_by_id(await info.context.book(), found.row_id)


_OWNED: Mapping[str, Callable[[Info, GlobalId, Member], Awaitable[Node | None]]] = {
    "Member": _member,
    "Activity": _activity,
    "Entry": _entry,
    "Notice": _notice,
    "Coupon": _coupon,
    "Order": order_node,
    "Reservation": _reservation,
}
_PUBLIC: Mapping[str, Callable[[Info, GlobalId], Awaitable[Node | None]]] = {
    "AuditLine": _audit_line,
    "CouponOffer": _offer,
    "Campaign": _campaign,
    "Programme": _programme,
}


async def find_node(info: Info, text: str) -> Node | None:
    """The thing of a global id; None for what is absent or another's. Raises ApiError for a malformed id."""
    found = read_id(text)
    if found is None:
        raise ApiError("BAD_USER_INPUT", "The id is malformed")
    if found.kind in _PUBLIC:
        return await _PUBLIC[found.kind](info, found) if found.member_id == 0 else None
    if found.kind not in _OWNED:
        return None
    owner = await member_by_id(info.context, found.member_id)
    return await _OWNED[found.kind](info, found, owner) if owner else None


@strawberry.type
class NodeQueries:
    @strawberry.field(
        description="The thing of a global id; null when there is none, or it is another's.", metadata=everyone()
    )
    async def node(self, info: Info, id: Annotated[ID, argument(description="The global id.")]) -> Node | None:
        return await find_node(info, id)

    @strawberry.field(description="The things of at most 100 global ids, in their order.", metadata=everyone())
    async def nodes(
        self, info: Info, ids: Annotated[list[ID], argument(description="The global ids, at most 100.")]
    ) -> list[Node | None]:
        if len(ids) > MAXIMUM_NODES:
            raise ApiError("BAD_USER_INPUT", f"At most {MAXIMUM_NODES} ids can be asked for")
        # A malformed id comes back as an exception in its place: null there, beside an error of its own.
        found = await asyncio.gather(*(find_node(info, id) for id in ids), return_exceptions=True)
        return cast(list[Node | None], found)
