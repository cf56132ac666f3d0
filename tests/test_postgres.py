"""Does the embedded PostgreSQL start once, serve several processes, survive kill -9, and stop with its last owner?"""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from app import postgres_home
from app.postgres import EmbeddedPostgres, EmbeddedPostgresError, is_postgres, postmaster
from app.postgres_home import Home, first_runner, home_of

HOLD = """
import sys, time
from pathlib import Path
from app.postgres import EmbeddedPostgres
share = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
share.start()
print("ready", flush=True)
sys.stdin.read()
share.stop()
"""


class Owner:
    """Another process that owns a share of the server, until told to leave or killed."""

    def __init__(self, data_dir: Path) -> None:
        command = [sys.executable, "-c", HOLD, str(data_dir)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ready(self) -> "Owner":
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"
        return self

    def leave(self) -> None:
        self.process.communicate(timeout=30)
        assert self.process.returncode == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=30)


@pytest.fixture
def data_dir(roomy: Path) -> Iterator[Path]:
    """A data folder of this test's own; whatever still runs in it is stopped."""
    folder = roomy / f"data-{time.monotonic_ns()}"
    yield folder
    last = EmbeddedPostgres(folder, durable=False)
    last.start()
    last.stop()


def server_pid(data_dir: Path) -> int | None:
    """The process id of the live server of `data_dir`, if there is one."""
    found = postmaster(home_of(data_dir).cluster)
    return found.pid if found and is_postgres(found.pid) else None


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while is_postgres(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_postgres(pid)


async def ask(address: str, sql: str) -> object:
    asked = await asyncpg.connect(address)
    try:
        return await asked.fetchval(sql)
    finally:
        await asked.close()


async def test_it_serves_on_a_private_socket_only_and_durably(data_dir: Path) -> None:
    share = EmbeddedPostgres(data_dir)
    share.start()
    try:
        address = share.url("postgres")
        assert await ask(address, "SHOW listen_addresses") == ""
        assert await ask(address, "SHOW fsync") == "on"
        assert await ask(address, "SHOW synchronous_commit") == "on"
        assert await ask(address, "SHOW server_encoding") == "UTF8"
        assert await ask(address, "SELECT upper('é')") == "É"
        folder = Path(address.partition("?host=")[2])
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert len(str(folder / ".s.PGSQL.5432")) < 100
    finally:
        share.stop()


async def test_what_was_written_is_there_after_a_restart(data_dir: Path) -> None:
    share = EmbeddedPostgres(data_dir)
    for count in range(3):
        share.start()
        await ask(share.url("postgres"), "CREATE TABLE IF NOT EXISTS kept (id int)")
        assert await ask(share.url("postgres"), "SELECT count(*) FROM kept") == count
        await ask(share.url("postgres"), "INSERT INTO kept VALUES (1)")
        share.stop()


def test_the_server_runs_until_its_last_owner_leaves(data_dir: Path) -> None:
    first, second = Owner(data_dir).ready(), Owner(data_dir).ready()
    pid = server_pid(data_dir)
    assert pid is not None

    first.leave()
    assert server_pid(data_dir) == pid
    second.leave()
    assert server_pid(data_dir) is None
    assert gone(pid)


def test_several_starts_at_once_make_one_server(data_dir: Path) -> None:
    owners = [Owner(data_dir) for _ in range(4)]
    for owner in owners:
        owner.ready()

    for owner in owners:
        assert server_pid(data_dir) is not None
        owner.leave()
    assert server_pid(data_dir) is None


def test_an_owner_killed_with_9_does_not_keep_the_server(data_dir: Path) -> None:
    killed, other = Owner(data_dir).ready(), Owner(data_dir).ready()

    killed.kill()
    assert server_pid(data_dir) is not None
    other.leave()

    assert server_pid(data_dir) is None
    assert list((data_dir / "postgres.owners").iterdir()) == []


async def test_the_next_start_joins_the_server_whose_owners_were_all_killed(data_dir: Path) -> None:
    Owner(data_dir).ready().kill()
    pid = server_pid(data_dir)

    share = EmbeddedPostgres(data_dir, durable=False)
    share.start()
    assert server_pid(data_dir) == pid
    assert await ask(share.url("postgres"), "SELECT 1") == 1
    share.stop()

    assert server_pid(data_dir) is None


async def test_it_recovers_after_kill_9_of_owner_and_server(data_dir: Path) -> None:
    owner = Owner(data_dir).ready()
    pid = server_pid(data_dir)
    assert pid is not None
    owner.kill()
    os.kill(pid, signal.SIGKILL)
    assert gone(pid)
    assert (home_of(data_dir).cluster / "postmaster.pid").exists()

    share = EmbeddedPostgres(data_dir, durable=False)
    share.start()
    assert await ask(share.url("postgres"), "SELECT 1") == 1
    share.stop()


async def test_a_stale_pid_file_that_names_another_program_is_no_obstacle(data_dir: Path) -> None:
    share = EmbeddedPostgres(data_dir, durable=False)
    share.start()
    named = home_of(data_dir).cluster / "postmaster.pid"
    stale = named.read_text().replace(str(server_pid(data_dir)), str(os.getpid()), 1)
    share.stop()
    named.write_text(stale)

    share.start()
    assert await ask(share.url("postgres"), "SELECT 1") == 1
    share.stop()


def test_a_half_made_cluster_is_made_again(data_dir: Path) -> None:
    (data_dir / "postgres.new" / "base").mkdir(parents=True)

    share = EmbeddedPostgres(data_dir, durable=False)
    share.start()
    share.stop()

    assert not (data_dir / "postgres.new").exists()


def test_a_server_that_cannot_start_says_why(data_dir: Path) -> None:
    share = EmbeddedPostgres(data_dir, durable=False)
    share.start()
    share.stop()
    settings = home_of(data_dir).cluster / "postgresql.auto.conf"
    sound = settings.read_text()
    settings.write_text("no_such_setting = 1\n")

    with pytest.raises(EmbeddedPostgresError, match="no_such_setting"):
        share.start()
    assert list((data_dir / "postgres.owners").iterdir()) == []
    settings.write_text(sound)


def test_without_a_start_there_is_no_address(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="not running"):
        EmbeddedPostgres(tmp_path).url()


def test_a_socket_folder_that_others_can_enter_is_refused(tmp_path: Path) -> None:
    home = Home(first_runner(), tmp_path / "postgres")
    folder = home.socket_folder
    folder.chmod(0o755)

    with pytest.raises(EmbeddedPostgresError, match="not a private folder"):
        _ = home.socket_folder
    folder.rmdir()


def test_no_folder_is_opened_for_the_server(roomy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root the cluster goes elsewhere when PostgreSQL's user cannot pass; as anybody else it stays."""
    monkeypatch.setattr(postgres_home, "SYSTEM_HOME", roomy / "system")
    private = roomy / "private"
    private.mkdir(mode=0o700)
    data_dir = private / "data"

    share = EmbeddedPostgres(data_dir, durable=False)
    share.start()
    try:
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
        inside = home_of(data_dir).cluster.is_relative_to(private)
        assert inside == (os.geteuid() != 0)
    finally:
        share.stop()
    share.start()
    share.stop()


def test_programs_that_the_server_cannot_reach_are_copied(roomy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_home, "SYSTEM_HOME", roomy / "programs")
    runner = first_runner()
    installed = postgres_home.postgres_bin()

    postgres_home.copy_programs(installed, roomy / "programs" / "copied")

    copied = roomy / "programs" / "copied" / postgres_home.PACKAGE / postgres_home.PROGRAMS
    assert runner.can_run(copied / "initdb", "--version")
    assert runner.can_run(copied / "postgres", "--version")
