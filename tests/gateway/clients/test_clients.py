"""Do the clients of the npm world get on with the gateway, and are all of them told what happens?"""

import asyncio
import json
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from app.gateway.tokens import mint
from app.postgres import EmbeddedPostgres
from app.settings import Settings
from tests.client import client_of
from tests.conftest import fresh_database
from tests.journeys.makers import enrolled
from tests.node import NODE, PEERS, run_node
from tests.served import Served, serving

HERE = Path(__file__).parent
SCHEMA = Path(__file__).parents[3] / "schema.graphql"
CLIENTS = ("graphql-request", "urql", "apollo", "graphql-ws", "graphql-sse", "relay")
EACH_ONCE = {"ws": 1, "sse": 1, "apollo": 1, "relay": 1, "urqlSocket": 1, "urqlEvents": 1}


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Relay's compiler makes of the documents."""
    place = tmp_path_factory.mktemp("relay")
    (place / "source").mkdir()
    (place / "documents.js").write_text((HERE / "relay" / "documents.js").read_text("utf-8"))
    (place / "schema.graphql").write_text(SCHEMA.read_text("utf-8"))
    (place / "made").mkdir()
    settings = {"src": ".", "schema": "schema.graphql", "language": "javascript", "eagerEsModules": True}
    (place / "relay.config.json").write_text(json.dumps({**settings, "artifactDirectory": "made"}))
    compiler = PEERS / "node_modules" / "relay-compiler" / "cli.js"
    done = subprocess.run([NODE, compiler], cwd=place, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return place / "made"


@dataclass
class Running:
    """A database and its servers."""

    url: str
    folder: Path
    artifacts: Path
    stack: AsyncExitStack

    async def serve(self, *flags: str, beside: Served | None = None) -> Served:
        """Another server; `beside` a present one it has the same data folder, and takes the same tokens."""
        data = beside.data_dir if beside else None
        started = serving(self.folder, "--empty", *flags, database_url=self.url, data_dir=data)
        return await self.stack.enter_async_context(started)

    async def script(self, name: str, served: Served, *arguments: str) -> str:
        """What a script prints that speaks for a new member."""
        async with client_of(served, self.url) as client:
            settings = Settings(data_dir=served.data_dir)
            token = mint(settings, "member", await enrolled(client), timedelta(hours=1))
            return await run_node(HERE / name, *arguments, env={"TOKEN": token, "ARTIFACTS": str(self.artifacts)})


@pytest.fixture(scope="module")
async def running(cluster: EmbeddedPostgres, roomy: Path, artifacts: Path) -> AsyncIterator[Running]:
    """A fresh database, with no server yet."""
    async with AsyncExitStack() as stack:
        yield Running(await stack.enter_async_context(fresh_database(cluster)), roomy, artifacts, stack)


@pytest.fixture(scope="module")
async def served(running: Running) -> Served:
    """The first server."""
    return await running.serve()


def graphql(served: Served) -> str:
    """The address of its endpoint."""
    return f"{served.http.base_url}/graphql"


@pytest.mark.parametrize("name", CLIENTS)
async def test_each_client_asks_changes_and_understands_what_is_wrong(
    running: Running, served: Served, name: str
) -> None:
    printed = await running.script("story.mjs", served, name, graphql(served))

    assert printed == f"{name} is content\n"


async def test_every_client_is_told_once(running: Running, served: Served) -> None:
    printed = await running.script("told.mjs", served, graphql(served))

    assert json.loads(printed) == EACH_ONCE


async def test_every_client_of_several_processes_is_told_once(running: Running, served: Served) -> None:
    other = await running.serve("--workers", "2", beside=served)

    printed = await running.script("told.mjs", served, graphql(served), graphql(other))

    assert json.loads(printed) == EACH_ONCE
    await other.stop()


async def test_subscriptions_go_on_after_their_server_was_killed(running: Running, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    served = await running.serve("--port", port)
    marks = {name: tmp_path / name for name in ("graphql-ws", "graphql-sse")}

    async with asyncio.TaskGroup() as scripts:
        for name, mark in marks.items():
            scripts.create_task(running.script("again.mjs", served, name, graphql(served), str(mark)))
        while not all(mark.exists() for mark in marks.values()):
            await asyncio.sleep(0.05)
        served.process.kill()
        await served.stop()
        await running.serve("--port", port, beside=served)
