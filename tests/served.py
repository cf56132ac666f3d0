"""How does a test run the real gateway, as a user starts it, and speak to it over HTTP?"""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

MIPOINTS = Path(sys.executable).with_name("mipoints")
READY = re.compile(r"ready at (\S+)/graphql")
START_SECONDS = 60
STOP_SECONDS = 60
ANSWER_SECONDS = 60


class Served:
    """A gateway process on a free port of 127.0.0.1."""

    def __init__(self, process: subprocess.Popen[bytes], data_dir: Path, output: Path) -> None:
        self.process = process
        self.data_dir = data_dir
        self.output = output
        self.http = httpx.AsyncClient(timeout=ANSWER_SECONDS)

    @property
    def said(self) -> str:
        """What it has printed so far."""
        return self.output.read_text(errors="replace")

    async def ready(self) -> None:
        """Waits for its ready line."""
        deadline = time.monotonic() + START_SECONDS
        while (found := READY.search(self.said)) is None:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"The gateway did not start:\n{self.said}")
            await asyncio.sleep(0.02)
        self.http.base_url = httpx.URL(found[1])

    def token(self, role: str, subject: str) -> str:
        """A token of the development key, as `mipoints token` prints it."""
        flags = ["--role", role, "--subject", subject, "--data", str(self.data_dir)]
        done = subprocess.run([MIPOINTS, "token", *flags], capture_output=True, text=True, timeout=60, check=True)
        return done.stdout.strip()

    async def post(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        token: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The answer's JSON; anything but a JSON object with a status below 500 fails the test."""
        sent = dict(headers or {}) | ({"Authorization": f"Bearer {token}"} if token else {})
        answer = await self.http.post("/graphql", json={"query": query, "variables": variables or {}}, headers=sent)
        assert answer.status_code < 500, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def stop(self, word: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code after a signal; it has to be gone in time."""
        await self.http.aclose()
        if self.process.poll() is None:
            self.process.send_signal(word)
        return await asyncio.to_thread(self.process.wait, STOP_SECONDS)


@contextlib.asynccontextmanager
async def serving(
    folder: Path,
    *flags: str,
    database_url: str | None = None,
    data_dir: Path | None = None,
    variables: Mapping[str, str] | None = None,
    program: Sequence[str | Path] = (MIPOINTS,),
) -> AsyncIterator[Served]:
    """A ready gateway in a data folder inside `folder`; on `database_url`, else on a PostgreSQL of its own.

    `variables` are the only settings that it finds in its environment. `program` is started in the place of `mipoints`.
    """
    data = data_dir or Path(tempfile.mkdtemp(prefix="served-", dir=folder))
    data.chmod(0o711)
    output = data / "output"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MIPOINTS_", "DATABASE_"))}
    environment |= variables or {}
    if database_url:
        environment["DATABASE_URL"] = database_url
    process = start([*program, "serve", "--port", "0", "--data", data, *flags], environment, output)
    served = Served(process, data, output)
    try:
        await served.ready()
        yield served
    finally:
        try:
            await served.stop()
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def start(command: list[str | Path], environment: Mapping[str, str], output: Path) -> subprocess.Popen[bytes]:
    with output.open("wb") as written:
        return subprocess.Popen(
            command, stdout=written, stderr=subprocess.STDOUT, env={**environment, "PYTHONUNBUFFERED": "1"}
        )
