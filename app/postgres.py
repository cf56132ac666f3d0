"""How is the embedded PostgreSQL started, shared by several processes, and stopped with the last of them?

Every process that uses a cluster holds a lock on a file of its own in `DATA/postgres.owners`. The kernel drops that
lock however the process ends, so that one killed with -9 counts as gone. Starting and stopping happen under
`DATA/postgres.lock`. Linux and macOS.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

from app.postgres_home import EmbeddedPostgresError, Home, home_of, postgres_bin, programs_for

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "postgres_bin"]

SUPERUSER = "postgres"
DATABASE = "mipoints"
LET_GO_SECONDS = 30.0  # the last statements of a killed server run up to their time limit
START_SECONDS = 60.0  # recovery after a crash included
FAST_STOP_SECONDS = 6.0
POLL_SECONDS = 0.02
LARGEST_LOG = 10_000_000

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "unix_socket_permissions": "0700",
    "log_error_verbosity": "terse",  # no values of rows in the log
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Postmaster:
    """What `postmaster.pid` says of a server."""

    pid: int
    socket_folder: str
    status: str


class EmbeddedPostgres:
    """One process's share in the PostgreSQL of a data folder. Blocking: call it through `asyncio.to_thread`."""

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        """`durable` False is for clusters that are thrown away: it is quicker and a crash of the machine loses them."""
        self.data_dir = data_dir.absolute()
        self.durable = durable
        self._home: Home | None = None
        self._ownership: IO[str] | None = None
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Makes the cluster if there is none, starts its server or joins the live one. Raises EmbeddedPostgresError."""
        if self._ownership is not None:
            return
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self._alone():
            home = self._home = home_of(self.data_dir)
            programs = programs_for(home.runner)
            self._ownership = self._own()
            try:
                if not home.cluster.exists():
                    self._initialise(home, programs)
                if not self._joined(home):
                    self._launch(home, programs)
            except BaseException:
                self._disown()
                raise

    def stop(self) -> None:
        """Leaves; the last owner shuts the server down (fast: open transactions are rolled back)."""
        if self._ownership is None or self._home is None:
            return
        with self._alone():
            self._disown()
            if not self._others():
                self._shut_down(self._home.cluster)

    def url(self, database: str = DATABASE) -> str:
        """The address of `database` on the private socket. Raises EmbeddedPostgresError unless the server runs."""
        found = postmaster(self._home.cluster) if self._home else None
        if found is None:
            raise EmbeddedPostgresError(f"The embedded PostgreSQL of {self.data_dir} is not running.")
        return f"postgres://{SUPERUSER}@/{quote(database, safe='')}?host={quote(found.socket_folder)}"

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Only one process starts or stops the server at a time."""
        with (self.data_dir / "postgres.lock").open("a") as lock:
            deadline = time.monotonic() + START_SECONDS
            while not locked(lock):
                if time.monotonic() > deadline:
                    raise EmbeddedPostgresError(f"Another process holds {lock.name}; stop it, then try again.")
                time.sleep(POLL_SECONDS)
            yield

    @property
    def _log(self) -> Path:
        return self.data_dir / "postgres.log"

    @property
    def _owners(self) -> Path:
        return self.data_dir / "postgres.owners"

    def _own(self) -> IO[str]:
        self._owners.mkdir(exist_ok=True)
        mine = (self._owners / f"{os.getpid()}-{uuid.uuid4().hex[:8]}").open("w")
        if not locked(mine):
            raise EmbeddedPostgresError(f"{mine.name} cannot be locked; --data has to be on a file system with locks.")
        return mine

    def _disown(self) -> None:
        if self._ownership is not None:
            Path(self._ownership.name).unlink(missing_ok=True)
            self._ownership.close()
            self._ownership = None

    def _others(self) -> bool:
        """Whether any other process still owns the server; files of dead ones are swept away."""
        alive = False
        for path in self._owners.iterdir():
            with path.open("a") as file:
                if locked(file):
                    path.unlink()
                else:
                    alive = True
        return alive

    def _initialise(self, home: Home, programs: Path) -> None:
        """Makes the cluster beside its place and moves it there when complete."""
        home.cluster.parent.mkdir(parents=True, exist_ok=True)
        fresh = home.cluster.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        home.runner.give(fresh)
        command = [str(programs / "initdb"), "-D", str(fresh), "-U", SUPERUSER, "--encoding=UTF8", "--auth-local=trust"]
        command += ["--auth-host=reject", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if not self.durable:
            command += ["--no-sync"]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **home.runner.identity())
        if done.returncode != 0:
            raise EmbeddedPostgresError(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")
        fresh.rename(home.cluster)

    def _joined(self, home: Home) -> bool:
        """Whether a live server is ready now; one that is starting or stopping is waited for."""
        deadline = time.monotonic() + START_SECONDS
        while found := postmaster(home.cluster):
            if not is_postgres(found.pid):
                (home.cluster / "postmaster.pid").unlink()  # left by a crash; the number may be another program's now
                return False
            if found.status == "ready":
                return True
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(f"The server of {home.cluster} has been {found.status} for too long.")
            time.sleep(POLL_SECONDS)
        return False

    def _launch(self, home: Home, programs: Path) -> None:
        """Starts the server; the last processes of one that was killed get a moment to let go of its memory."""
        socket_folder = home.socket_folder
        for left in socket_folder.iterdir():  # by a crash: no live server has this cluster, and the folder is its own
            left.unlink()
        settings = SETTINGS | (DURABLE if self.durable else THROW_AWAY)
        command = [str(programs / "postgres"), "-D", str(home.cluster), "-k", str(socket_folder)]
        command += [part for name, wanted in settings.items() for part in ("-c", f"{name}={wanted}")]
        deadline = time.monotonic() + LET_GO_SECONDS
        while (complaint := self._run(home, command)) is not None:
            if "still in use" not in complaint or time.monotonic() > deadline:
                raise EmbeddedPostgresError(f"PostgreSQL did not start. The end of {self._log}:\n{complaint}")
            time.sleep(10 * POLL_SECONDS)

    def _run(self, home: Home, command: list[str]) -> str | None:
        """Runs the server until it is ready; None, or its last words if it is not."""
        mode = "wb" if self._log.exists() and self._log.stat().st_size > LARGEST_LOG else "ab"
        with self._log.open(mode) as written:
            self._server = subprocess.Popen(
                command,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
                start_new_session=True,  # Ctrl-C reaches us, not the server: we stop it after our last statement
                **home.runner.identity(),
            )
        deadline = time.monotonic() + START_SECONDS
        while (found := postmaster(home.cluster)) is None or found.status != "ready":
            if self._server.poll() is not None or time.monotonic() > deadline:
                return "\n".join(self._log.read_text(errors="replace").splitlines()[-5:])
            time.sleep(POLL_SECONDS)
        return None

    def _shut_down(self, cluster: Path) -> None:
        """Fast shutdown; a server that takes too long is stopped at once and recovers at its next start."""
        for word in (signal.SIGINT, signal.SIGQUIT):
            found = postmaster(cluster)
            if found is None or not is_postgres(found.pid):
                break
            os.kill(found.pid, word)
            deadline = time.monotonic() + FAST_STOP_SECONDS
            while time.monotonic() < deadline and is_postgres(found.pid):
                time.sleep(POLL_SECONDS)
            with contextlib.suppress(OSError):  # not empty after an immediate stop; the next start sweeps it
                Path(found.socket_folder).rmdir()
        if self._server is not None:
            self._server.wait(timeout=FAST_STOP_SECONDS)


def locked(file: IO[str]) -> bool:
    """Takes the exclusive lock of an open file; False when another one holds it. Closing the file frees it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def postmaster(cluster: Path) -> Postmaster | None:
    """The server that `cluster/postmaster.pid` names, or None if there is no such file."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    lines += [""] * (8 - len(lines))
    return Postmaster(int(lines[0] or 0), lines[4], lines[7].strip() or "starting")


def is_postgres(pid: int) -> bool:
    """Whether process `pid` lives and is a PostgreSQL server."""
    if pid <= 0:
        return False
    if sys.platform == "linux":
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False
        return "(postgres) " in stat and "(postgres) Z" not in stat
    named = subprocess.run(["/bin/ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return named.stdout.strip().endswith("postgres")
