"""Which redemptions go to the database together?

Those that come while others are under way are read and written with the next ones, by one statement each: natural
batching, without a timer and without waiting where nothing is under way. Whoever waits longest leads: their task serves
the next ones with its own, so that no task is left behind. A member's are under way in one statement at a time, each
judged by what the one before leaves. Each has its own outcome, and one that fails leaves the others to go alone.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg

from app.coupons.redemption import Spender, Wish, read_wishes, write_as_read
from app.database import connection
from app.ledger.swift import held_as_read
from app.pool import to_the_end
from app.requests.once import Answered, not_seen
from app.requests.outcome import Outcome, refused

MOST_TOGETHER = 32
MOST_OF_ONE = 16  # of a member
MOST_UNDER_WAY = 2  # statements: while one is with the database, the next one is judged
TURN_SECONDS = 5.0  # then a redemption goes without the others


class Alone(Exception):
    """This redemption cannot go with others now."""


@dataclass(eq=False)
class Ticket:
    """A wish in the queue. `turn` is done when it is answered or leads; `left`: nobody waits for it any more."""

    wish: Wish
    turn: asyncio.Future[None]
    leads: bool = False
    left: bool = False
    answered: bool = False
    outcome: Outcome | None = None
    error: Exception | None = None

    def answer(self, outcome: Outcome | None, error: Exception | None = None) -> None:
        if not self.answered:
            self.answered, self.outcome, self.error = True, outcome, error
            self.wake()

    def wake(self) -> None:
        if not self.turn.done():
            self.turn.set_result(None)


@dataclass(eq=False)
class Till:
    """The queue of a process. It lives in the tasks of those who wait, and is empty with the last of them."""

    _ready: dict[str, deque[Ticket]] = field(default_factory=dict)
    _busy: dict[str, deque[Ticket]] = field(default_factory=dict)
    _leading: int = 0

    async def redeem(self, wish: Wish) -> Outcome | None:
        """A swift redemption: see `once`. It waits for those of the same member and for a free place."""
        try:
            return await self._in_turn(wish)
        except Alone:
            return await _serve_alone(wish)

    async def _in_turn(self, wish: Wish) -> Outcome | None:
        ticket = self._queued(wish)
        try:
            async with asyncio.timeout(TURN_SECONDS):
                while not ticket.answered:
                    if ticket.leads:
                        await self._lead(ticket)
                    else:
                        await ticket.turn
        except TimeoutError:
            return ticket.outcome  # None where it was not its turn
        finally:
            ticket.left = True
            if ticket.leads:
                self._pass_on()
        if ticket.error is not None:
            raise ticket.error
        return ticket.outcome

    def _queued(self, wish: Wish) -> Ticket:
        ticket = Ticket(wish, asyncio.get_running_loop().create_future())
        line = self._busy.get(wish.mi_account_id)
        if line is None:
            line = self._ready.setdefault(wish.mi_account_id, deque())
        line.append(ticket)
        if self._leading < MOST_UNDER_WAY:
            self._leading += 1
            ticket.leads = True
        return ticket

    async def _lead(self, ticket: Ticket) -> None:
        batch = self._next()
        if batch:
            await to_the_end(self._serve(batch))
        else:  # its member's last redemption is under way: whoever serves that one leads
            ticket.leads = False
            self._leading -= 1
            ticket.turn = asyncio.get_running_loop().create_future()

    def _pass_on(self) -> None:
        for line in self._ready.values():
            for ticket in line:
                if not ticket.left and not ticket.leads:
                    ticket.leads = True
                    ticket.wake()
                    return
        self._leading -= 1

    def _next(self) -> list[Ticket]:
        """The first of each member who waits; they are busy until they are `_back`."""
        batch: list[Ticket] = []
        while self._ready and len(batch) < MOST_TOGETHER:
            name = next(iter(self._ready))
            line = self._ready.pop(name)
            chosen: list[Ticket] = []
            while line and len(chosen) < min(MOST_OF_ONE, MOST_TOGETHER - len(batch)):
                ticket = line.popleft()
                if not ticket.left:
                    chosen.append(ticket)
            if chosen:
                self._busy[name] = line
                batch += chosen
        return batch

    def _back(self, batch: Sequence[Ticket], later: Sequence[Ticket]) -> None:
        for ticket in reversed(later):
            self._busy[ticket.wish.mi_account_id].appendleft(ticket)
        for name in {ticket.wish.mi_account_id for ticket in batch}:
            if line := self._busy.pop(name):
                self._ready[name] = line

    async def _serve(self, batch: Sequence[Ticket]) -> None:
        """Answers every ticket, whatever happens, or puts it back in line."""
        later: Sequence[Ticket] = ()
        try:
            later = await _serve(batch)
        except asyncpg.PostgresConnectionError as error:
            for ticket in batch:  # it may have been written: their keys know
                ticket.answer(None, error)
        except asyncpg.PostgresError:
            for ticket in batch:  # nothing was written, and the fault may be one's alone
                ticket.answer(None, Alone())
        except Exception as error:  # whatever it is, it reaches who asked
            for ticket in batch:
                ticket.answer(None, error)
        finally:
            self._back(batch, later)


async def _serve(batch: Sequence[Ticket]) -> list[Ticket]:
    """Answer the tickets; those that need a turn of their own after these are returned."""
    turns: Counter[str] = Counter()
    numbers: list[int] = []
    for ticket in batch:
        turns[ticket.wish.mi_account_id] += 1
        numbers.append(turns[ticket.wish.mi_account_id])
    found = await read_wishes(connection(), [ticket.wish for ticket in batch], numbers)
    served = Batch(alone=len(turns) == 1)
    for ticket, read in zip(batch, found, strict=True):
        served.judge(ticket, read)
    await served.write()
    return served.later


class Batch:
    """Tickets that were read together. `alone`: they are all of one member."""

    def __init__(self, *, alone: bool) -> None:
        self._alone = alone
        self._spenders: dict[str, Spender] = {}
        self._keys: set[tuple[str, str]] = set()
        self._answers: list[tuple[Ticket, Outcome]] = []
        self._full = False
        self.later: list[Ticket] = []

    def judge(self, ticket: Ticket, found: asyncpg.Record) -> None:
        """Answers the ticket, or has it answered with the writing of what it depends on, or puts it off."""
        wish = ticket.wish
        key = (wish.call.principal, wish.call.key)
        if self._full or key in self._keys:
            self.later.append(ticket)
            return
        try:
            spender = self._spenders.get(wish.mi_account_id) or _spender(wish, found)
        except Answered as already:
            ticket.answer(None, already)
            return
        if not isinstance(spender, Spender):
            ticket.answer(spender)
            return
        offer = spender.judge(wish, found)
        if isinstance(offer, Outcome):
            self._answers.append((ticket, offer))  # by what others leave, so not before they are written
            return
        moves = spender.lots_for(found, offer.price_points)
        stocked = offer.stock_left is not None
        if stocked and not self._alone:  # it locks its offer, and would make the others wait
            ticket.answer(None, Alone())
        elif spender.redemptions and (moves is None or stocked):
            self.later.append(ticket)
        elif moves is None:
            ticket.answer(None)
        else:
            self._spenders[wish.mi_account_id] = spender
            self._keys.add(key)
            self._full = stocked
            self._answers.append((ticket, spender.spend(wish, offer, found["coupon_id"], moves).outcome))

    async def write(self) -> None:
        """Write what was judged, and answer."""
        if self._spenders:
            spenders = sorted(self._spenders.values(), key=lambda one: one.member_id)
            await write_as_read(spenders, wait=False)
        for ticket, outcome in self._answers:
            ticket.answer(outcome)


async def _serve_alone(wish: Wish) -> Outcome | None:
    [found] = await read_wishes(connection(), [wish])
    spender = _spender(wish, found)
    if not isinstance(spender, Spender):
        return spender
    offer = spender.judge(wish, found)
    if isinstance(offer, Outcome):
        return offer
    moves = spender.lots_for(found, offer.price_points)
    if moves is None:
        return None
    written = spender.spend(wish, offer, found["coupon_id"], moves)
    await write_as_read([spender], wait=True)
    return written.outcome


def _spender(wish: Wish, found: asyncpg.Record) -> Spender | Outcome | None:
    """Who redeems; a refusal; or None for an account that must be settled first. Raises Answered."""
    not_seen(wish.call, found)
    if found["member_id"] is None:
        return refused("NOT_ENROLLED")
    held = held_as_read(found)
    return Spender(held, found["touched_by"]) if held is not None else None
