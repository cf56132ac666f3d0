"""How are the rows behind many fields read at once? One loader for each kind of thing."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from aiodataloader import DataLoader

from app.activities.models import Activity
from app.activities.store import (
    ActivitiesAsked,
    ActivityPage,
    AwardSeen,
    Granted,
    Limits,
    activity_page,
    awards_of,
    grants_of,
    taps_of,
)
from app.activities.streaks import TapSeen
from app.campaigns.store import CampaignsAsked, CampaignView, budget_left_of, campaign_of, campaign_page
from app.checkout.models import Reservation
from app.checkout.store import RESERVATIONS, reservations_of_orders
from app.coupons.catalogue import OffersAsked, OfferView, offer_of, offer_page, stock_left_of
from app.coupons.models import Coupon
from app.coupons.store import COUPONS, coupons_had
from app.keyset import Page, Window
from app.ledger.account import HoldState, LotState
from app.ledger.balances import (
    ExpiryStep,
    PastBalance,
    live_holds,
    live_lots,
    past_balances,
    past_schedules,
    schedule_of,
)
from app.ledger.lines import ENTRIES, NOTICES
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
Asked = TypeVar("Asked", bound=tuple[object, ...])


class Gathered(DataLoader[Key, Row]):
    """A loader whose keys are asked for at once: the store gathers them with those of all requests in flight."""

    def __init__(self, read: Callable[[Key], Awaitable[Row]]) -> None:
        # Not DataLoader's own: to look at its batch function takes longer than a load.
        self.loop = asyncio.get_running_loop()
        self.get_cache_key = same
        self._cache = {}
        self._queue = []
        self._read = read

    async def batch_load_fn(self, keys: list[Key]) -> list[Row]:
        """See DataLoader."""
        return await asyncio.gather(*(self._read(key) for key in keys))

    def load(self, key: Key) -> asyncio.Future[Row]:
        """See DataLoader."""
        future = self._cache.get(key)
        if future is None:
            future = self._cache[key] = asyncio.ensure_future(self._read(key))
        return future


def same(key: Key) -> Key:
    """The key under which an answer is kept: itself."""
    return key


class Loaders:
    """The loaders of one request, or of what follows a mutation in it; made anew after every write, each when asked."""

    @cached_property
    def member(self) -> DataLoader[int, MemberView | None]:
        return by_key(members_by_id)

    @cached_property
    def activity(self) -> DataLoader[int, Activity | None]:
        return by_key(lambda ids: by_id(Activity, ids))

    @cached_property
    def coupon(self) -> DataLoader[int, Coupon | None]:
        return by_key(lambda ids: by_id(Coupon, ids))

    @cached_property
    def offer(self) -> DataLoader[int, OfferView | None]:
        return Gathered(offer_of)

    @cached_property
    def stock_left(self) -> DataLoader[int, int | None]:
        return Gathered(stock_left_of)

    @cached_property
    def campaign(self) -> DataLoader[int, CampaignView | None]:
        return Gathered(campaign_of)

    @cached_property
    def budget_left(self) -> DataLoader[int, int | None]:
        return Gathered(budget_left_of)

    @cached_property
    def order(self) -> DataLoader[int, Order | None]:
        return by_key(lambda ids: by_id(Order, ids))

    @cached_property
    def reservation(self) -> DataLoader[int, Reservation | None]:
        return by_key(lambda ids: by_id(Reservation, ids))

    @cached_property
    def reservation_of_order(self) -> DataLoader[int, Reservation | None]:
        return by_key(reservations_of_orders)

    @cached_property
    def order_view(self) -> DataLoader[int, OrderView | None]:
        return by_key(orders_by_id)

    @cached_property
    def order_lines(self) -> DataLoader[int, list[BoughtLine] | None]:
        return by_key(lines_by_order)

    @cached_property
    def entry(self) -> DataLoader[int, Entry | None]:
        return by_key(lambda ids: by_id(Entry, ids))

    @cached_property
    def operation(self) -> DataLoader[int, Operation | None]:
        return by_key(lambda ids: by_id(Operation, ids))

    @cached_property
    def notice(self) -> DataLoader[int, Notice | None]:
        return by_key(lambda ids: by_id(Notice, ids))

    @cached_property
    def audit_line(self) -> DataLoader[int, AuditLine | None]:
        return by_key(lambda ids: by_id(AuditLine, ids))

    @cached_property
    def awards(self) -> DataLoader[int, list[AwardSeen]]:
        return Gathered(awards_of)

    @cached_property
    def taps(self) -> DataLoader[int, list[TapSeen]]:
        return Gathered(taps_of)

    @cached_property
    def schedule(self) -> DataLoader[int, list[ExpiryStep]]:
        return Gathered(schedule_of)

    @cached_property
    def lots(self) -> DataLoader[int, list[LotState] | None]:
        return by_key(live_lots)

    @cached_property
    def holds(self) -> DataLoader[int, list[HoldState] | None]:
        return by_key(live_holds)

    @cached_property
    def past_balance(self) -> DataLoader[tuple[int, datetime], PastBalance]:
        return in_order(past_balances)

    @cached_property
    def past_schedule(self) -> DataLoader[tuple[int, int], list[ExpiryStep]]:
        return in_order(past_schedules)

    @cached_property
    def had(self) -> DataLoader[tuple[int, int], int]:
        return Gathered(coupons_had)

    @cached_property
    def grants(self) -> DataLoader[tuple[int, Limits], Granted]:
        return Gathered(grants_of)

    @cached_property
    def activities(self) -> DataLoader[tuple[int, ActivitiesAsked], ActivityPage]:
        return Gathered(lambda asked: activity_page(*asked))

    @cached_property
    def entries(self) -> DataLoader[tuple[int, Window], Page[Entry]]:
        return Gathered(lambda asked: ENTRIES.of(*asked))

    @cached_property
    def notices(self) -> DataLoader[tuple[int, Window], Page[Notice]]:
        return Gathered(lambda asked: NOTICES.of(*asked))

    @cached_property
    def coupons(self) -> DataLoader[tuple[int, Window, str | None], Page[Coupon]]:
        return Gathered(lambda asked: COUPONS.of(*asked))

    @cached_property
    def reservations(self) -> DataLoader[tuple[int, Window, str | None], Page[Reservation]]:
        return Gathered(lambda asked: RESERVATIONS.of(*asked))

    @cached_property
    def offers(self) -> DataLoader[OffersAsked, Page[OfferView]]:
        return Gathered(offer_page)

    @cached_property
    def exclusions(self) -> DataLoader[tuple[str, datetime, Window], Page[Exclusion]]:
        return each(exclusion_page)

    @cached_property
    def running(self) -> DataLoader[CampaignsAsked, Page[CampaignView]]:
        return Gathered(campaign_page)


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


def each(read: Callable[..., Awaitable[Row]]) -> DataLoader[Asked, Row]:
    """A loader whose keys are asked one by one, each once."""

    async def batch(keys: list[Asked]) -> list[Row]:
        return [await read(*key) for key in keys]

    return DataLoader(batch)
