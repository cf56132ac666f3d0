"""How does a journey get its gateway: a real server on a fresh database, with a client for each of its callers?"""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.database import Db, transaction
from app.postgres import EmbeddedPostgres
from app.programmes.load import load_shipped
from tests.client import Client, client_of
from tests.conftest import fresh_database
from tests.served import serving


@contextlib.asynccontextmanager
async def opened(cluster: EmbeddedPostgres, roomy: Path, *flags: str) -> AsyncIterator[Client]:
    """A client of a gateway with these flags on a fresh database without members."""
    async with (
        fresh_database(cluster) as url,
        serving(roomy, "--empty", *flags, database_url=url) as served,
        client_of(served, url) as client,
    ):
        yield client


@pytest.fixture(scope="session")
async def client(cluster: EmbeddedPostgres, roomy: Path) -> AsyncIterator[Client]:
    """A client of a gateway at an instant that stays, shared by the modules that need no clock of their own."""
    async with opened(cluster, roomy, "--at", "2026-06-01T10:00:00Z") as ready:
        yield ready


@pytest.fixture
async def programme(db: Db) -> Db:
    """A database with the programme's markets, numbers and offers, open in this process; no worker runs."""
    async with transaction() as changing:
        await load_shipped(changing)
    return db
