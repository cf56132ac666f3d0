"""What is left when server and database are killed in the middle of 200 redemptions?"""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped]

from app.postgres import is_postgres, postmaster
from app.postgres_home import home_of
from tests.client import Client, client_of, member
from tests.journeys.makers import enrolled, offered
from tests.served import MIPOINTS, serving

REDEMPTIONS = 200
MEMBERS = 10
AT_ONCE = 24
KILLED_AFTER = 80
PRICE_POINTS = 10
TOO_DEAR_POINTS = 1_000_000


class Redemptions:
    """200 redemptions under keys of their own, every eighth too dear, and what was answered to each."""

    def __init__(self, members: list[str], offer_id: str, too_dear_id: str) -> None:
        self.asked = {
            f"redemption-{number}": (members[number % MEMBERS], too_dear_id if number % 8 == 7 else offer_id)
            for number in range(REDEMPTIONS)
        }
        self.codes: dict[str, str] = {}
        self.refused: dict[str, list[Any]] = {}

    @property
    def affordable(self) -> int:
        return sum(number % 8 != 7 for number in range(REDEMPTIONS))

    async def send(self, client: Client, key: str) -> None:
        """Sends one and notes its answer."""
        mi_account_id, offer_id = self.asked[key]
        payload = await client.do(
            member(mi_account_id), "redeemCoupon", "coupon { code }", idempotencyKey=key, offerId=offer_id
        )
        if payload["coupon"]:
            self.codes[key] = payload["coupon"]["code"]
        else:
            self.refused[key] = payload["userErrors"]

    async def send_all(self, client: Client) -> list[BaseException]:
        """Sends all, a few at a time, in the order of their numbers; why some had no answer."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def through_gate(key: str) -> None:
            async with gate:
                await self.send(client, key)

        ended = await asyncio.gather(*(through_gate(key) for key in self.asked), return_exceptions=True)
        return [end for end in ended if end is not None]


async def kill_everything(client: Client) -> None:
    """kill -9 of the gateway, of PostgreSQL and of all that serves for it."""
    found = postmaster(home_of(client.served.data_dir).cluster)
    assert found is not None
    serving_for_it = psutil.Process(found.pid).children()  # looked up without a pause, in which all could be done
    client.served.process.kill()
    os.kill(found.pid, signal.SIGKILL)
    for one in serving_for_it:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    client.served.process.wait()
    while is_postgres(found.pid):
        await asyncio.sleep(0.02)


def address_of(data_dir: Path) -> str:
    """Where the embedded PostgreSQL of a data folder listens."""
    found = postmaster(home_of(data_dir).cluster)
    assert found is not None
    return f"postgres://postgres@/mipoints?host={found.socket_folder}"


@contextlib.asynccontextmanager
async def on_its_own(folder: Path, data_dir: Path) -> AsyncIterator[Client]:
    """A client of a gateway with a PostgreSQL of its own."""
    async with (
        serving(folder, "--empty", data_dir=data_dir) as served,
        client_of(served, address_of(data_dir)) as client,
    ):
        yield client


async def codes_of(client: Client, members: list[str]) -> list[str]:
    """The codes of all coupons that these members have."""
    seen = [await client.me(one, "coupons(first: 100) { edges { node { code } } }") for one in members]
    return [edge["node"]["code"] for one in seen for edge in one["coupons"]["edges"]]


async def mipoints_check(data_dir: Path) -> int:
    """The exit code of `mipoints check`, beside the running server."""
    checking = await asyncio.create_subprocess_exec(MIPOINTS, "check", "--data", data_dir)
    return await checking.wait()


async def test_every_acknowledged_redemption_survives_kill_9_exactly_once(roomy: Path) -> None:
    data_dir = roomy / "crash"
    data_dir.mkdir()
    async with on_its_own(roomy, data_dir) as client:
        members = [await enrolled(client, points=400) for _ in range(MEMBERS)]
        redemptions = Redemptions(members, await offered(client, PRICE_POINTS), await offered(client, TOO_DEAR_POINTS))

        sending = asyncio.create_task(redemptions.send_all(client))
        while len(redemptions.codes) < KILLED_AFTER:
            assert not sending.done()
            await asyncio.sleep(0.001)
        await kill_everything(client)
        dropped = await sending
        assert dropped
        assert all(isinstance(reason, httpx.TransportError) for reason in dropped), dropped

    acknowledged, refused = dict(redemptions.codes), dict(redemptions.refused)
    assert KILLED_AFTER <= len(acknowledged) < redemptions.affordable
    assert refused

    async with on_its_own(roomy, data_dir) as client:
        kept = await codes_of(client, members)
        assert len(set(kept)) == len(kept)
        assert set(acknowledged.values()) <= set(kept)

        assert await redemptions.send_all(client) == []

        assert {key: redemptions.codes[key] for key in acknowledged} == acknowledged
        assert {key: redemptions.refused[key] for key in refused} == refused
        assert sorted(await codes_of(client, members)) == sorted(redemptions.codes.values())
        assert set(kept) <= set(redemptions.codes.values())
        assert len(redemptions.codes) == redemptions.affordable
        assert await mipoints_check(data_dir) == 0
