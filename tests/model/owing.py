"""Do staff see what the operator owes, and how that came about, as the oracle does? (PROGRAMME 11)"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from random import Random

from app.ledger.liability import Flows, liability
from tests.model.oracle.books import Books
from tests.model.oracle.numbers import ZONES
from tests.model.oracle.staff import FLOWS, owed

Flowed = dict[str, int]  # points, by the words of PROGRAMME 11


class Owing:
    """What was owed at each instant up to now, as it is true by the clock."""

    def __init__(self) -> None:
        self._at: dict[datetime, Mapping[str, Flowed]] = {}

    async def compared(self, books: Books) -> list[tuple[str, Flowed, Flowed]]:
        """Each market's flows from some earlier instant on, or from now: as the oracle says, and as the software."""
        self._at[books.now] = {market: owed(books, market) for market in ZONES}
        since = Random(len(books.activities)).choice([*self._at])
        seen = await liability(since, books.now)
        return [(market, self._between(since, books.now, market), _told(seen.get(market, Flows()))) for market in ZONES]

    def _between(self, since: datetime, until: datetime, market: str) -> Flowed:
        before, now = self._at[since][market], self._at[until][market]
        during = {word: now[word] - before[word] for word in FLOWS}
        return {"opening": before["closing"], **during, "closing": now["closing"]}


def _told(flows: Flows) -> Flowed:
    return {**asdict(flows), "closing": flows.closing}
