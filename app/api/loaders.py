"""How are the rows behind many fields read at once? One loader for each kind of thing, one statement a batch."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import asyncpg
from aiodataloader import DataLoader

from app.activities.models import Activity
from app.activities.store import activity_pages, awards_of, grants, recent_taps
from app.activities.streaks import TapSeen
from app.campaigns.store import CampaignView, campaign_page, campaigns_by_id
from app.checkout.models import Reservation
from app.checkout.store import reservation_pages, reservations_of_orders
from app.coupons.models import Coupon, CouponOffer
from app.coupons.store import coupon_pages, coupons_had, offer_page
from app.database import connection
from app.keyset import Page, Window
from app.ledger.account import HoldState, LotState
from app.ledger.balances import (
    ExpiryStep,
    PastBalance,
    live_holds,
    live_lots,
    past_balances,
    past_schedules,
    schedules,
)
from app.ledger.lines import entry_pages, notice_pages
from app.ledger.models import Entry, Notice, Operation
from app.members.store import MemberView, members_by_id
from app.orders.models import Order
from app.orders.views import OrderView, lines_by_order, orders_by_id
from app.programmes.models import Exclusion
from app.programmes.store import exclusion_page
from app.rows import by_id
from app.rules.clawback import BoughtLine
from app.staff.models import AuditLine

Key = TypeVar("Key", bound=Hashable)
Row = TypeVar("Row")
Filters = TypeVar("Filters", bound=Hashable)
Asked = TypeVar("Asked", bound=tuple[object, ...])


class Loaders:
    """The loaders of one request, or of what follows a mutation in it; made anew after every write."""

    def __init__(self) -> None:
        self.member: DataLoader[int, MemberView | None] = by_key(members_by_id)
        self.activity: DataLoader[int, Activity | None] = by_key(lambda ids: by_id(Activity, ids))
        self.coupon: DataLoader[int, Coupon | None] = by_key(lambda ids: by_id(Coupon, ids))
        self.offer: DataLoader[int, CouponOffer | None] = by_key(lambda ids: by_id(CouponOffer, ids))
        self.campaign: DataLoader[int, CampaignView | None] = by_key(campaigns_by_id)
        self.order: DataLoader[int, Order | None] = by_key(lambda ids: by_id(Order, ids))
        self.reservation: DataLoader[int, Reservation | None] = by_key(lambda ids: by_id(Reservation, ids))
        self.reservation_of_order: DataLoader[int, Reservation | None] = by_key(reservations_of_orders)
        self.order_view: DataLoader[int, OrderView | None] = by_key(orders_by_id)
        self.order_lines: DataLoader[int, list[BoughtLine] | None] = by_key(lines_by_order)
        self.entry: DataLoader[int, Entry | None] = by_key(lambda ids: by_id(Entry, ids))
        self.operation: DataLoader[int, Operation | None] = by_key(lambda ids: by_id(Operation, ids))
        self.notice: DataLoader[int, Notice | None] = by_key(lambda ids: by_id(Notice, ids))
        self.audit_line: DataLoader[int, AuditLine | None] = by_key(lambda ids: by_id(AuditLine, ids))
        self.awards: DataLoader[int, list[asyncpg.Record] | None] = by_key(awards_of)
        self.taps: DataLoader[int, list[TapSeen] | None] = by_key(recent_taps)
        self.schedule: DataLoader[int, list[ExpiryStep] | None] = by_key(schedules)
        self.lots: DataLoader[int, list[LotState] | None] = by_key(live_lots)
        self.holds: DataLoader[int, list[HoldState] | None] = by_key(live_holds)
        self.past_balance: DataLoader[tuple[int, datetime], PastBalance] = in_order(past_balances)
        self.past_schedule: DataLoader[tuple[int, int], list[ExpiryStep]] = in_order(past_schedules)
        self.had: DataLoader[tuple[int, int], int | None] = by_key(coupons_had)
        self.grants: DataLoader[tuple[int, tuple[tuple[str, str], ...]], dict[tuple[str, str], int]] = in_order(_grants)
        self.activities: DataLoader[
            tuple[int, tuple[tuple[str, ...] | None, tuple[str, ...] | None, Window]], Page[Activity]
        ] = paged(lambda ids, chosen: activity_pages(ids, *chosen))
        self.entries: DataLoader[tuple[int, Window], Page[Entry]] = paged(entry_pages)
        self.notices: DataLoader[tuple[int, Window], Page[Notice]] = paged(notice_pages)
        self.coupons: DataLoader[tuple[int, tuple[tuple[str, ...] | None, Window]], Page[Coupon]] = paged(
            lambda ids, chosen: coupon_pages(ids, *chosen)
        )
        self.reservations: DataLoader[tuple[int, tuple[tuple[str, ...] | None, Window]], Page[Reservation]] = paged(
            lambda ids, chosen: reservation_pages(ids, *chosen)
        )
        self.offers: DataLoader[tuple[str | None, int | None, Window], Page[CouponOffer]] = each(offer_page)
        self.exclusions: DataLoader[tuple[str, datetime, Window], Page[Exclusion]] = each(exclusion_page)
        self.running: DataLoader[tuple[str | None, datetime | None, Window], Page[CampaignView]] = each(campaign_page)


def by_key(read: Callable[[Sequence[Key]], Awaitable[Mapping[Key, Row]]]) -> DataLoader[Key, Row | None]:
    """A loader over a store that answers a mapping; what is not there is None."""

    async def batch(keys: list[Key]) -> list[Row | None]:
        found = await read(keys)
        return [found.get(key) for key in keys]

    return DataLoader(batch)


def in_order(read: Callable[[Sequence[Key]], Awaitable[Sequence[Row]]]) -> DataLoader[Key, Row]:
    """A loader over a store that answers in the order asked."""

    async def batch(keys: list[Key]) -> list[Row]:
        return list(await read(keys))

    return DataLoader(batch)


def paged(
    read: Callable[[Sequence[int], Filters], Awaitable[Mapping[int, Page[Row]]]],
) -> DataLoader[tuple[int, Filters], Page[Row]]:
    """A loader of pages by (member, what is asked): one statement for all members of whom the same is asked."""

    async def batch(keys: list[tuple[int, Filters]]) -> list[Page[Row]]:
        asked: dict[Filters, list[int]] = {}
        for member_id, filters in keys:
            asked.setdefault(filters, []).append(member_id)
        found = {filters: await read(ids, filters) for filters, ids in asked.items()}
        return [found[filters][member_id] for member_id, filters in keys]

    return DataLoader(batch)


def each(read: Callable[..., Awaitable[Row]]) -> DataLoader[Asked, Row]:
    """A loader whose keys are asked one by one, each once."""

    async def batch(keys: list[Asked]) -> list[Row]:
        return [await read(*key) for key in keys]

    return DataLoader(batch)


async def _grants(asked: Sequence[tuple[int, tuple[tuple[str, str], ...]]]) -> list[dict[tuple[str, str], int]]:
    flat = [(member_id, rule, key) for member_id, limits in asked for rule, key in limits]
    counted = await grants(connection(), flat) if flat else {}
    return [counted.get(member_id, {}) for member_id, _ in asked]
