"""What can members and staff do besides shopping? Each deed has two halves: on the oracle's books, and in the software.

`told` changes the books and answers what came of it, or raises Refused; `done` asks the software.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from app.activities.custom import Custom, record_custom
from app.activities.decide import Verdict
from app.activities.decide import decide_review as app_decide_review
from app.activities.delete_share import Deletion
from app.activities.delete_share import delete_share as app_delete_share
from app.activities.fuel import tap_fuel
from app.activities.login import record_login
from app.activities.moderate import APPROVE, DELETE, REJECT
from app.activities.reinstate import reinstate_activity
from app.activities.review import Written, record_review
from app.activities.share import Shared, record_share
from app.members.close import close_account
from app.members.enrol import Enrolment
from app.members.enrol import enrol as app_enrol
from app.members.erase import erase_member
from app.members.suspend import suspend_member
from app.members.zone import change_time_zone
from app.requests.once import Call
from app.requests.outcome import Outcome
from app.staff.adjust import Wish, adjust_points, approve_adjustment
from tests.model.app_side import SOURCE, TOMBSTONES, AppSide
from tests.model.oracle import fuel, members, posts, staff
from tests.model.oracle.books import Books


class Deed(Protocol):
    """Something asked of the programme, told again in full by its repr."""

    def told(self, books: Books) -> object: ...

    async def done(self, app: AppSide, call: Call) -> Outcome: ...


@dataclass(frozen=True)
class Enrol:
    name: str
    market: str
    born: date
    person_key: str | None = None

    def told(self, books: Books) -> object:
        return members.enrol(books, self.name, self.market, self.born, self.person_key)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        return await app_enrol(
            call, Enrolment(self.name, self.market, self.born, "2020-01", None, self.person_key), TOMBSTONES
        )


@dataclass(frozen=True)
class LogIn:
    name: str

    def told(self, books: Books) -> object:
        return members.log_in(books, self.name)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        return await record_login(call, self.name, "a phone")


@dataclass(frozen=True)
class TapFuel:
    name: str
    at: datetime | None = None

    def told(self, books: Books) -> object:
        return fuel.tap(books, self.name, self.at)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        return await tap_fuel(call, self.name, self.at)


@dataclass(frozen=True)
class TapDays:
    """A member taps on some of the days that follow, `after` today, and time goes on with them."""

    name: str
    after: tuple[int, ...]

    def told(self, books: Books) -> object:
        began, tapped = books.now, []
        for days in self.after:
            books.now = began + timedelta(days=days)
            tapped.append(fuel.tap(books, self.name, None))
        return tapped

    async def done(self, app: AppSide, call: Call) -> Outcome:
        began, app.outcomes = app.now, []
        for days in self.after:
            await app.clock(began + timedelta(days=days))
            app.outcomes.append(await tap_fuel(replace(call, key=f"{call.key} {days}"), self.name, None))
        return app.outcomes[-1]


@dataclass(frozen=True)
class Share:
    name: str
    sku: str
    network: str
    share_id: str | None

    def told(self, books: Books) -> object:
        return posts.share(books, self.name, self.sku, self.network, self.share_id)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        shared = Shared(self.sku, self.network, "https://example.org/post", self.share_id)
        return await record_share(call, self.name, shared)


@dataclass(frozen=True)
class DeleteShare:
    name: str
    share_id: str

    def told(self, books: Books) -> object:
        return posts.delete_share(books, self.name, self.share_id)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        return await app_delete_share(call, self.name, Deletion(SOURCE, self.share_id))


@dataclass(frozen=True)
class WriteReview:
    name: str
    review_id: str
    sku: str
    at: datetime | None = None

    def told(self, books: Books) -> object:
        return posts.write_review(books, self.name, self.review_id, self.sku, self.at)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        return await record_review(call, self.name, Written(SOURCE, self.review_id, self.sku, self.at))


@dataclass(frozen=True)
class DecideReview:
    """`event`: approve, reject or delete."""

    review_id: str
    event: str
    at: datetime | None = None

    def told(self, books: Books) -> object:
        return posts.decide_review(books, self.review_id, self.event, self.at)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        event = {"approve": APPROVE, "reject": REJECT, "delete": DELETE}[self.event]
        return await app_decide_review(call, event, Verdict(SOURCE, self.review_id, self.at))


@dataclass(frozen=True)
class Reinstate:
    member: int
    activity: int

    def told(self, books: Books) -> object:
        return posts.reinstate(books, books.activities[self.activity])

    async def done(self, app: AppSide, call: Call) -> Outcome:
        ids = app.ids["member", self.member], app.ids["activity", self.activity]
        return await reinstate_activity(call, "ana of staff", *ids, "A mistake")


@dataclass(frozen=True)
class DoCustom:
    name: str
    code: str
    reference: str
    at: datetime | None = None

    def told(self, books: Books) -> object:
        return members.custom(books, self.name, self.code, self.reference, self.at)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        return await record_custom(call, self.name, Custom(SOURCE, self.code, self.reference, self.at))


@dataclass(frozen=True)
class Adjust:
    name: str
    points: int
    by: str = "ana"

    def told(self, books: Books) -> object:
        return members.adjust(books, self.name, self.points, self.by)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        wish = Wish(self.name, self.points, "A late delivery")
        return await adjust_points(call, self.by, wish, limit=members.ADJUSTMENT_LIMIT)


@dataclass(frozen=True)
class Approve:
    """`adjustment`: its number."""

    adjustment: int
    by: str

    def told(self, books: Books) -> None:
        members.approve(books, books.adjustments[self.adjustment], self.by)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        activity_id = app.ids["adjustment", self.adjustment]
        return await approve_adjustment(call, self.by, activity_id, limit=members.ADJUSTMENT_LIMIT)


@dataclass(frozen=True)
class Suspend:
    name: str
    suspended: bool

    def told(self, books: Books) -> None:
        members.suspend(books, self.name, self.suspended)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        return await suspend_member(call, "ana of staff", self.name, self.suspended, "Many accounts")


@dataclass(frozen=True)
class Close:
    """`points`: as many as the member agrees to lose."""

    name: str
    points: int

    def told(self, books: Books) -> None:
        staff.close(books, self.name, self.points)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        return await close_account(call, self.name, self.points)


@dataclass(frozen=True)
class Erase:
    name: str

    def told(self, books: Books) -> None:
        staff.erase(books, self.name)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        return await erase_member(call, "ana of staff", self.name, TOMBSTONES)


@dataclass(frozen=True)
class MoveZone:
    name: str
    zone: str

    def told(self, books: Books) -> None:
        staff.move(books, self.name, self.zone)

    async def done(self, app: AppSide, call: Call) -> Outcome:
        return await change_time_zone(call, "ana of staff", self.name, self.zone)
