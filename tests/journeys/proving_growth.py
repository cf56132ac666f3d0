"""Does anything cost more where there are more members and more activities? `scripts/prove growth` runs this.

Two databases, of which one has ten times the members of the other; in each a member of 50 activities and one of very
many. What each of them asks is measured in turns, so that each ratio is of one run; it is no test, as it measures.
"""

import argparse
import asyncio
import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import psutil  # type: ignore[import-untyped]

from app.api.connections import Listing
from app.api.ids import GlobalId
from app.command import load_programme, on_database
from app.coupons.codes import CouponCodes
from app.database import connection, one, rows, value
from app.demo.seed import seed
from app.gateway.tokens import coupon_key
from app.settings import Settings, read_settings
from tests.client import fresh
from tests.journeys.test_growth import BALANCE, DEEP, HOME, PAGE, REDEEM, STATEMENT
from tests.served import MIPOINTS, Served, serving

FEW = 50
ROUNDS, REDEMPTIONS = 100, 20
OFFER = """
INSERT INTO coupon_offer (market_id, price_points, value_minor, valid_days, suspended, excluded_skus,
                          excluded_categories, titles)
SELECT market_id, 10, 500, 180, false, '[]', '[]', '{}' FROM member WHERE mi_account_id = $1 RETURNING id
"""
DUE = "SELECT count(*) FROM account WHERE next_change_at <= programme_now()"
LATER = "UPDATE programme_clock SET shift = interval '40 days'"
NOW = "UPDATE programme_clock SET shift = interval '0'"

Ask = Callable[[], Awaitable[object]]


@dataclass
class World:
    """A database of so many members, and what became known of it."""

    folder: Path
    members: int
    activities: int
    of_one: int
    told: dict[str, float] = field(default_factory=dict)
    offers: dict[str, int] = field(default_factory=dict)
    deep: str = ""

    def fill(self) -> None:
        """Seeds it, unless it is there from an earlier run."""
        if not (self.folder / "postgres").exists():
            flags = ["--data", self.folder, "--members", self.members, "--activities", self.activities]
            began = time.monotonic()
            with subprocess.Popen([MIPOINTS, "seed", *map(str, flags)], stderr=subprocess.DEVNULL) as seeding:
                self.told["seed: peak memory, MB"] = max(memory_mb(seeding.pid))
            self.told["seed: seconds for 1,000 members"] = (time.monotonic() - began) * 1_000 / self.members
        on_database(read_settings(data_dir=self.folder), self._add_two)

    async def _add_two(self, settings: Settings) -> None:
        """The member of few activities and the one of many."""
        await load_programme()
        for number, activities in ((2, FEW), (3, self.of_one)):
            who = f"seed-{number}-1"
            if not await value(connection(), "SELECT EXISTS (SELECT FROM member WHERE mi_account_id = $1)", who):
                codes = CouponCodes(coupon_key(settings))
                await seed(members=1, activities=activities, seed=number, codes=codes)
            self.offers[who] = await value(connection(), OFFER, who)
        at = await one(connection(), DEEP, "seed-3-1", self.of_one * 9 // 10)
        place = (at["occurred_at"], at["id"])
        self.deep = Listing("activities", lambda key: key).cursor(place)
        await rows(connection(), NOW)

    async def due(self, later: str | None = None) -> int:
        """How many members the clock has changed; `later` sets it first."""
        if later:
            await rows(connection(), later)
        return int(await value(connection(), DUE))

    def count_due(self, later: str | None = None) -> int:
        """The same from outside, beside a running gateway."""
        return on_database(read_settings(data_dir=self.folder), lambda _: self.due(later))


def memory_mb(pid: int) -> Iterator[float]:
    """The resident memory of a process, again and again until it has ended."""
    yield 0.0
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        while process.status() != psutil.STATUS_ZOMBIE:
            yield process.memory_info().rss / 2**20
            time.sleep(0.2)


@contextlib.asynccontextmanager
async def gateway(world: World) -> AsyncIterator[Served]:
    """A gateway on a world; how long its start takes is told."""
    began = time.monotonic()
    async with serving(world.folder, "--empty", data_dir=world.folder) as served:
        world.told["start, seconds"] = time.monotonic() - began
        yield served


def asks(world: World, served: Served, who: str) -> dict[str, Ask]:
    """What a member asks, by name."""
    token = served.token("member", who)
    offer = str(GlobalId("CouponOffer", 0, world.offers[who]))

    async def ask(document: str, **variables: Any) -> None:
        answer = await served.post(document, variables, token)
        payloads = answer["data"].values()
        assert not any("userErrors" in each and each["userErrors"] for each in payloads), answer

    def of(document: str, **variables: Any) -> Ask:
        return lambda: ask(document, **variables)

    return {
        "first page": of(PAGE, first=20),
        "page at 90 % depth": of(PAGE, first=20, after=world.deep if who == "seed-3-1" else None),
        "page of purchases": of(PAGE, first=20, kinds=["PURCHASE"]),
        "balance": of(BALANCE),
        "statement": of(STATEMENT),
        "home": of(HOME),
        "redemption": lambda: ask(REDEEM, input={"idempotencyKey": fresh("key"), "offerId": offer}),
    }


async def measured(contenders: dict[str, dict[str, Ask]]) -> dict[str, dict[str, float]]:
    """The median of milliseconds by what is asked and by who asks, all of them in turns."""
    found: dict[str, dict[str, float]] = {}
    for name in next(iter(contenders.values())):
        taken: dict[str, list[float]] = {who: [] for who in contenders}
        for _ in range(REDEMPTIONS if name == "redemption" else ROUNDS):
            for who, asked in contenders.items():
                began = time.perf_counter()
                await asked[name]()
                taken[who].append(1_000 * (time.perf_counter() - began))
        found[name] = {who: median(times) for who, times in taken.items()}
    return found


async def sweeps(world: World, served: Served, seconds: float) -> None:
    """Lets the worker of a gateway settle everybody for a while; how many, and in how much memory, is told."""
    process = psutil.Process(served.process.pid)
    before_mb, due = process.memory_info().rss / 2**20, await asyncio.to_thread(world.count_due, LATER)
    await asyncio.sleep(seconds)
    settled = due - await asyncio.to_thread(world.count_due)
    world.told["sweeper: members due"] = due
    world.told["sweeper: members settled a second"] = settled / seconds
    world.told["sweeper: memory gained, MB"] = process.memory_info().rss / 2**20 - before_mb


async def compare(small: World, large: World, sweep_seconds: float) -> None:
    """Prints every ratio."""
    async with gateway(small) as one_, gateway(large) as other:
        found = await measured(
            {
                "50, small": asks(small, one_, "seed-2-1"),
                "50, large": asks(large, other, "seed-2-1"),
                "many, large": asks(large, other, "seed-3-1"),
            }
        )
        for world, served in ((small, one_), (large, other)):
            world.told["memory when warm, MB"] = psutil.Process(served.process.pid).memory_info().rss / 2**20
            await sweeps(world, served, sweep_seconds)
    tell("asked", f"{large.of_one:,} / {FEW} activities", "ten times the members")
    for name, at in found.items():
        tell(name, f"{at['many, large'] / at['50, large']:.2f}", f"{at['50, large'] / at['50, small']:.2f}")
    tell("", f"{small.members:,} members", f"{large.members:,} members", "ratio")
    for name in [name for name in large.told if name in small.told]:
        ratio = large.told[name] / small.told[name] if small.told[name] else float("nan")
        tell(name, f"{small.told[name]:.2f}", f"{large.told[name]:.2f}", f"{ratio:.2f}")


def tell(name: str, *figures: str) -> None:
    sys.stdout.write(f"{name:36}" + "".join(f"{figure:>26}" for figure in figures) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Fills both worlds and compares them."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--members", type=int, default=1_000_000, help="of the larger database")
    asked.add_argument("--activities", type=int, default=5, help="of each member")
    asked.add_argument("--of-one", type=int, default=500_000, help="activities of the member who has very many")
    asked.add_argument("--sweep-seconds", type=float, default=60, help="for how long the sweepers are watched")
    asked.add_argument("--data", type=Path, help="a folder to keep the databases in, for other runs")
    given = asked.parse_args()
    with contextlib.ExitStack() as stack:
        folder = given.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mipoints-scale-")))
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
        worlds = [
            World(folder / name, members, given.activities, given.of_one)
            for name, members in (("small", given.members // 10), ("large", given.members))
        ]
        for world in worlds:
            world.fill()
        asyncio.run(compare(worlds[0], worlds[1], given.sweep_seconds))


if __name__ == "__main__":
    main()
