"""What do these tests ask of a ledger before and after lines are archived, and what happens to members meanwhile?"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise

from app.coupons.cancel import cancel_coupon
from app.database import Db, connection, row, rows
from app.keyset import Window
from app.ledger import lines
from app.ledger.archive import archive_lines
from app.ledger.balances import past_balances, past_schedules
from app.ledger.liability import liability
from app.ledger.models import Entry
from app.members.export import document
from app.rows import by_id
from tests.activities.makers import approves, deletes, named, reinstates, rejects, writes
from tests.checkout.makers import capture, held, release
from tests.ledger.makers import CODES, START, Person, balances, call, clock_at, done, present, redeemed
from tests.orders.makers import Bought, bought, cancels, line, paid_with, returns

Steps = list[tuple[str, int]]
PAGE = 3
ALL = datetime.max.replace(tzinfo=START.tzinfo)
LINES = "SELECT version, tableoid = 'archived_entry'::regclass AS archived FROM entry WHERE member_id = $1 ORDER BY 1"
LEFT = """
SELECT kind, source, target, points, pending_after, available_after, reserved_after, debt_after, reason
FROM entry WHERE member_id = $1 ORDER BY version
"""
LOTS = """
SELECT amount, remaining, reserved, consumed, expired, withdrawn, reclaimed, last_usable_day
FROM lot WHERE member_id = $1 ORDER BY id
"""
STANDS = "SELECT xmin::text, xmax::text, account.* FROM account WHERE member_id = $1"


async def archived(person: Person, *, but: int = 0) -> int:
    """The member's lines go to the archive but for the last one, and for so many more; how many went."""
    found = await rows(connection(), LINES, person.id)
    old = sum(not one["archived"] for one in found) - 1 - but
    return await archive_lines([person.id], ALL, old) if old > 0 else 0


async def answers(person: Person, present: datetime) -> Mapping[str, object]:
    """All that is told of a member's lines up to an instant, and of what their market owes."""
    read = await by_pages(person)
    instants = sorted({one.at + beside for one in read for beside in (-timedelta(microseconds=1), timedelta(0))})
    windows = pairwise([*instants[:: max(1, len(instants) // 4)], present])
    return {
        "forward": [columns(one) for one in read],
        "backward": [columns(one) for one in await by_pages(person, backward=True)],
        "one by one": {found: columns(one) for found, one in (await by_id(Entry, [one.id for one in read])).items()},
        "balances": await past_balances([(person.id, at) for at in instants]),
        "schedules": await past_schedules([(person.id, one.version) for one in read]),
        "liability": [await liability(*window) for window in windows],
        "export": await document(person.id, CODES),
    }


def columns(line: Entry) -> dict[str, object]:
    return {name: getattr(line, name) for name in Entry._meta.fields_db_projection}


async def by_pages(person: Person, *, backward: bool = False) -> list[Entry]:
    """The statement as a client reads it, newest first, from either end."""
    read: list[Entry] = []
    window = Window(PAGE, backward=backward)
    while True:
        page = await lines.ENTRIES.of(person.id, window)
        read = [*page.rows, *read] if backward else [*read, *page.rows]
        if not (page.has_previous if backward else page.has_next):
            return read
        assert len(read) < 1_000, "the pages never end"
        key = ((page.rows[0] if backward else page.rows[-1]).version,)
        window = Window(PAGE, before=key, backward=True) if backward else Window(PAGE, after=key)


async def nothing_is_told_otherwise(person: Person, *, but: int = 0) -> None:
    """Archiving changes no answer and touches no account."""
    at = await present()
    before = await answers(person, at), await row(connection(), STANDS, person.id)

    await archived(person, but=but)

    assert (await answers(person, at), await row(connection(), STANDS, person.id)) == before


async def what_is_left(person: Person) -> list[object]:
    """What became of a member, without ids and instants."""
    return [tuple(found) for sql in (LEFT, LOTS) for found in await rows(connection(), sql, person.id)]


async def seam(db: Db, person: Person) -> list[bool]:
    """For each line, oldest first, whether it is archived; versions have no gap."""
    found = await rows(db, LINES, person.id)
    assert [one["version"] for one in found] == list(range(1, len(found) + 1))
    return [one["archived"] for one in found]


class Life:
    """What a member does and what is done to them; the same steps come to the same."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.at = START
        self.orders: list[tuple[Bought, str]] = []
        self.coupons: list[int] = []
        self.holds: list[int] = []
        self.reviews: list[tuple[str, int]] = []

    async def step(self, what: str, size: int) -> None:
        """Do one thing; what is refused changes nothing."""
        await getattr(self, what)(size)

    async def wait(self, size: int) -> None:
        self.at += timedelta(days=size)
        await clock_at(self.at)

    async def buy(self, size: int) -> None:
        sku = named("sku")
        points = min(size, (await balances(self.person)).available) if size % 3 == 0 else 0
        order = await bought(self.person, line("100.00", 3, sku), delivered=size % 2 == 0, points=points)
        self.orders.append((order, sku))
        if points:
            await paid_with(self.person, order.order_id, points)

    async def give_back(self, size: int) -> None:
        if self.orders:
            order, sku = self.orders[size % len(self.orders)]
            await returns(order.order_id, (sku, 1))

    async def call_off(self, size: int) -> None:
        if self.orders:
            await cancels(self.orders[size % len(self.orders)][0].order_id)

    async def spend(self, size: int) -> None:
        if available := (await balances(self.person)).available:
            self.coupons.append((await redeemed(self.person, min(size, available))).coupon_id or 0)

    async def undo_spending(self, size: int) -> None:
        if self.coupons:
            coupon_id = self.coupons.pop(size % len(self.coupons))
            done(await cancel_coupon(call("cancelCoupon"), "ben", self.person.id, coupon_id, "A mistake"))

    async def hold(self, size: int) -> None:
        if (await balances(self.person)).available >= 1_000:
            self.holds.append(await held(self.person, size))

    async def capture(self, size: int) -> None:
        if self.holds:
            await capture(self.holds[size % len(self.holds)], max(1, size // 2))

    async def let_go(self, size: int) -> None:
        if self.holds:
            await release(self.holds[size % len(self.holds)])

    async def review(self, size: int) -> None:
        review_id = named("review")
        activity_id = done(await writes(self.person, review_id)).activity_id
        await (rejects if size % 2 else approves)(review_id)
        self.reviews.append((review_id, activity_id or 0))

    async def unreview(self, size: int) -> None:
        if self.reviews:
            await deletes(self.reviews[size % len(self.reviews)][0])

    async def reinstate(self, size: int) -> None:
        if self.reviews:
            await reinstates(self.person, self.reviews[size % len(self.reviews)][1])
