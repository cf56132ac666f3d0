"""Does `scripts/prove scale` see a gateway that is behind, a redemption at another price, an archive that hides?"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.postgres import EmbeddedPostgres
from tests.client import Client, client_of
from tests.conftest import fresh_database
from tests.journeys.makers import offered
from tests.scale import crowd, proving_scale
from tests.scale.crowd import Crowd
from tests.scale.proving_scale import PRICE_POINTS, Scaled, archived, command
from tests.served import serving

SECONDS = 0.1  # each of the crowd shops once at least
HIDDEN = "ALTER TABLE archived_entry NO INHERIT entry"


class Behind(Client):
    """A gateway that tells a member what it saw of them the time before, as a standby would that lags."""

    def __init__(self, gateway: Client) -> None:
        super().__init__(gateway.served, gateway.database)
        self._seen: dict[tuple[str, str], Any] = {}

    async def me(self, mi_account_id: str, selection: str) -> Any:
        """What was true the time before."""
        now = await super().me(mi_account_id, selection)
        then, self._seen[mi_account_id, selection] = self._seen.get((mi_account_id, selection), now), now
        return then


@pytest.fixture
async def url(cluster: EmbeddedPostgres) -> AsyncIterator[str]:
    """The address of the gateway's database."""
    async with fresh_database(cluster) as url:
        yield url


@pytest.fixture
async def gateway(url: str, roomy: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    """A gateway, with a small crowd to come."""
    monkeypatch.setattr(crowd, "MEMBERS", 2)
    async with serving(roomy, "--empty", database_url=url) as served, client_of(served, url) as client:
        yield client


async def troubled(gateway: Client, price_points: int = PRICE_POINTS) -> list[str]:
    """What a crowd at this gateway finds wrong, each of whom shops twice at least."""
    shopping = Crowd([gateway], await offered(gateway, price_points))
    await shopping.join()
    for _ in range(2):
        await shopping.live(SECONDS)
    assert shopping.answered["redemptions"] >= 4
    return shopping.troubles


async def test_balances_that_do_not_follow_from_a_redemption_are_seen(gateway: Client) -> None:
    sound = await troubled(gateway)
    stale = await troubled(Behind(gateway))
    dearer = await troubled(gateway, PRICE_POINTS + 1)

    assert sound == []
    for troubles in (stale, dearer):
        assert any("before a redemption of 10 points and" in trouble for trouble in troubles)


async def test_an_archive_that_hides_its_lines_is_seen(
    gateway: Client, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hiding(database_url: str, word: str) -> str:
        said = command(database_url, word)
        if word == "archive":
            asyncio.run(damaged(database_url))
        return said

    shopping, seen = Crowd([gateway], await offered(gateway, PRICE_POINTS)), Scaled([], [])
    await shopping.join()
    await shopping.live(SECONDS)
    monkeypatch.setattr(proving_scale, "command", hiding)

    await archived(url, shopping, seen)

    assert shopping.troubles == []
    assert seen.troubles[0] == "a statement is another once its lines are archived"


async def damaged(database_url: str) -> None:
    """From now on the archive is no part of anybody's statement."""
    database = await asyncpg.connect(database_url)
    await database.execute(HIDDEN)
    await database.close()
