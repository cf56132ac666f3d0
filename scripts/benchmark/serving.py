"""How is one contender started on a core of its own, asked, and stopped?"""

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

START_S, STOP_S, ANSWER_S = 60.0, 15.0, 20.0
POLL_S = 0.05
FIRST_PORT, PORTS = 10_000, 20_000
_numbers = itertools.count(101 * os.getpid())  # each process asks for others


class BenchFault(Exception):
    """The bench cannot go on; the message says why."""


@dataclass(frozen=True)
class Started:
    """A contender that answers."""

    url: str
    process: subprocess.Popen[bytes]
    output: Path

    def post(self, body: bytes, token: str) -> Any:
        """The answer's JSON; BenchFault for anything but one without errors."""
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        answer = httpx.post(self.url, content=body, headers=headers, timeout=ANSWER_S)
        found = answer.json() if answer.status_code == 200 else None
        if not isinstance(found, dict) or found.get("errors") or found.get("data") is None:
            raise BenchFault(f"{self.output.stem} answered {answer.status_code}: {answer.text[:1_000]}")
        return found

    @property
    def cpu_s(self) -> float:
        """Seconds of CPU that the server and its children have used so far."""
        return cpu_of_family(self.process.pid)


@contextlib.contextmanager
def started(
    command: Sequence[str | Path], environment: Mapping[str, str], *, port: int, output: Path, cores: str | None = None
) -> Iterator[Started]:
    """A server on 127.0.0.1:`port`, pinned to `cores` where they are given, from when it listens to the block's end."""
    pinned = ["taskset", "-c", cores] if cores is not None else []
    with output.open("wb") as written:
        process = subprocess.Popen(
            [*pinned, *map(str, command)],
            env={**inherited(), **environment},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(process, port, output)
        yield Started(f"http://127.0.0.1:{port}/graphql", process, output)
    finally:
        stop(process)


def inherited() -> dict[str, str]:
    """This process's environment without what would configure a contender."""
    foreign = ("MIPOINTS_", "DATABASE_", "PG", "BENCH_", "NODE_")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


def free_port() -> int:
    """A port that nothing listens on now, and that stays free: it is below those that systems give to connections."""
    for number in itertools.islice(_numbers, PORTS):
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", FIRST_PORT + number % PORTS))
            return FIRST_PORT + number % PORTS
    raise BenchFault("No port is free.")


def wait_for(process: subprocess.Popen[bytes], port: int, output: Path) -> None:
    deadline = time.monotonic() + START_S
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if process.poll() is not None or time.monotonic() > deadline:
            last = output.read_text(errors="replace")[-3_000:]
            raise BenchFault(f"{output.stem} does not listen:\n{last}")
        time.sleep(POLL_S)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Asks it to end, with all that it started; kills what does not."""
    for word in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            if word is signal.SIGTERM:
                process.terminate()
            else:
                os.killpg(process.pid, word)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)


def family(pid: int) -> list[int]:
    """A process and all that it started, Linux."""
    found = [pid]
    for parent in found:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for task in Path(f"/proc/{parent}/task").iterdir():
                found.extend(int(child) for child in (task / "children").read_text().split())
    return found


def cpu_of_family(pid: int) -> float:
    """Seconds of CPU that a process and all that it started have used so far."""
    return sum(cpu_of(each) for each in family(pid))


def cpu_of(pid: int) -> float:
    """Seconds of CPU, user and system, of one process and of its children that have ended; 0 when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    ticks = stat.rpartition(")")[2].split()[11:15]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
