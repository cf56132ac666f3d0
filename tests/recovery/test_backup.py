"""Does a backup bring back all that there was, and is one refused that would not?"""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import pytest

from app.backup import DUMP, KEY, MANIFEST, BackupError, Manifest, back_up, contents_of, digest_of, named, restore
from app.database import close_database, open_database
from app.postgres import EmbeddedPostgres
from app.postgres_programs import ProgramFailed
from tests.client import fresh
from tests.conftest import fresh_database
from tests.ledger.damages import UNGUARDED
from tests.ledger.history import make_history
from tests.served import MIPOINTS

Hurt = Callable[[Path], None]


@pytest.fixture(scope="module")
async def lived(cluster: EmbeddedPostgres) -> AsyncIterator[str]:
    """The address of a database with a long history, which nobody has open."""
    async with fresh_database(cluster) as url:
        await lives(url)
        yield url


async def lives(url: str) -> None:
    await open_database(url, pool_size=10)
    try:
        await make_history()
    finally:
        await close_database()


@pytest.fixture(scope="module")
async def whole(lived: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of it."""
    folder = tmp_path_factory.mktemp("backups") / "whole"
    await back_up(lived, folder)
    return folder


@pytest.fixture
def kept(whole: Path, tmp_path: Path) -> Path:
    """A copy of the backup, to be hurt."""
    return Path(shutil.copytree(whole, tmp_path / "kept"))


@pytest.fixture
async def empty(cluster: EmbeddedPostgres) -> AsyncIterator[str]:
    """The address of a database that does not exist."""
    name = fresh("brought_back").replace("-", "_")
    yield cluster.url(name)
    for each in (name, f"{name}_restoring"):
        await told(cluster.url("postgres"), f"DROP DATABASE IF EXISTS {each} WITH (FORCE)")


@contextlib.asynccontextmanager
async def fresh_copy(cluster: EmbeddedPostgres, lived: str) -> AsyncIterator[str]:
    """The address of a copy of the database that nobody has open, to be damaged."""
    name, origin = fresh("copy").replace("-", "_"), lived.partition("?")[0].rpartition("/")[2]
    await told(cluster.url("postgres"), f"CREATE DATABASE {name} TEMPLATE {origin}")
    try:
        yield cluster.url(name)
    finally:
        await told(cluster.url("postgres"), f"DROP DATABASE {name} WITH (FORCE)")


async def told(url: str, *statements: str) -> None:
    """Run statements on a database, one transaction each."""
    connected = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connected.execute(statement)
    finally:
        await connected.close()


async def exists(url: str) -> bool:
    try:
        await told(url, "SELECT 1")
    except asyncpg.InvalidCatalogNameError:
        return False
    return True


async def refused(url: str, folder: Path) -> str:
    """Why a backup is not brought back; nothing is there afterwards."""
    with pytest.raises((BackupError, ProgramFailed)) as caught:
        await restore(url, folder)
    assert not await exists(url)
    assert not await exists(named(url, f"{url.partition('?')[0].rpartition('/')[2]}_restoring"))
    return str(caught.value)


async def test_all_comes_back_as_it_was(lived: str, whole: Path, empty: str) -> None:
    manifest = await restore(empty, whole)

    assert manifest.contents.tables["entry"].rows > 50
    assert [(market.market, market.members) for market in manifest.contents.markets] == [("ES", 3), ("GB", 1)]
    connected = await asyncpg.connect(empty, server_settings={"TimeZone": "UTC"})
    try:
        assert await contents_of(connected) == manifest.contents
    finally:
        await connected.close()


async def test_what_came_back_goes_on(whole: Path, empty: str) -> None:
    await restore(empty, whole)

    await lives(empty)


async def test_a_backup_takes_a_new_folder(lived: str, whole: Path) -> None:
    with pytest.raises(BackupError, match="a backup goes into a new folder"):
        await back_up(lived, whole)


async def test_a_backup_that_fails_leaves_no_folder(
    lived: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c role=nobody_we_know")

    with pytest.raises(ProgramFailed, match=r"pg_dump failed: .*nobody_we_know"):
        await back_up(lived, tmp_path / "backup")

    assert not (tmp_path / "backup").exists()


async def test_a_backup_that_the_disk_has_no_room_for_is_none(lived: str, tmp_path: Path) -> None:
    full = f"ulimit -f 16; exec {MIPOINTS} backup {tmp_path / 'backup'} --data {tmp_path / 'unused'}"

    done = await asyncio.to_thread(
        subprocess.run, ["/bin/sh", "-c", full], env=os.environ | {"DATABASE_URL": lived}, capture_output=True
    )

    assert done.returncode == 1
    assert b"pg_dump failed: " in done.stderr
    assert list(tmp_path.iterdir()) == []


async def test_a_backup_is_not_brought_back_into_a_database_that_has_something(whole: Path, database_url: str) -> None:
    with pytest.raises(BackupError, match="is not empty"):
        await restore(database_url, whole)

    await told(database_url, "SELECT FROM entry")


async def test_a_restore_that_was_killed_is_begun_again(cluster: EmbeddedPostgres, whole: Path, empty: str) -> None:
    name = empty.partition("?")[0].rpartition("/")[2]
    await told(cluster.url("postgres"), f"CREATE DATABASE {name}_restoring")
    await told(cluster.url(f"{name}_restoring"), "CREATE TABLE entry (id int)")

    await restore(empty, whole)

    assert await exists(empty)
    assert not await exists(cluster.url(f"{name}_restoring"))


async def test_the_development_key_comes_along_and_replaces_no_other(lived: str, empty: str, tmp_path: Path) -> None:
    key, other, fresh_place = tmp_path / "key", tmp_path / "other", tmp_path / "data" / KEY
    key.write_text("a key")
    other.write_text("another key")
    await back_up(lived, tmp_path / "backup", key)

    with pytest.raises(BackupError, match="is not the key of this backup"):
        await restore(empty, tmp_path / "backup", other)
    await restore(empty, tmp_path / "backup", fresh_place)

    assert other.read_text() == "another key"
    assert fresh_place.read_text() == "a key"
    assert fresh_place.stat().st_mode & 0o777 == 0o600


def cut(folder: Path) -> None:
    dump = folder / DUMP
    dump.write_bytes(dump.read_bytes()[:-1000])


def flip(folder: Path) -> None:
    dump = folder / DUMP
    written = bytearray(dump.read_bytes())
    written[len(written) // 2] ^= 1
    dump.write_bytes(written)


def lose(folder: Path) -> None:
    (folder / DUMP).unlink()


def forget(folder: Path) -> None:
    (folder / MANIFEST).unlink()


def change(**said: object) -> Hurt:
    """A manifest that says something else."""

    def hurt(folder: Path) -> None:
        manifest = json.loads((folder / MANIFEST).read_text())
        (folder / MANIFEST).write_text(json.dumps(manifest | said))

    return hurt


def of_tomorrow(folder: Path) -> None:
    contents = json.loads((folder / MANIFEST).read_text())["contents"]
    change(contents=contents | {"migrations": [*contents["migrations"], "9999_tomorrow"]})(folder)


def cut_unseen(folder: Path) -> None:
    cut(folder)
    change(sha256={DUMP: digest_of(folder / DUMP)})(folder)


@pytest.mark.parametrize(
    ("hurt", "why"),
    [
        (cut, "is not as it was written"),
        (flip, "is not as it was written"),
        (lose, "is not as it was written"),
        (forget, "holds no backup"),
        (change(contents={}), "holds no backup"),
        (change(format=2), "has format 2"),
        (of_tomorrow, "of a newer version, with 9999_tomorrow"),
        (cut_unseen, "pg_restore failed"),
    ],
    ids=["cut", "flipped", "lost", "without manifest", "of nothing", "of another format", "of tomorrow", "cut unseen"],
)
async def test_a_backup_is_refused_that_is(kept: Path, empty: str, hurt: Hurt, why: str) -> None:
    hurt(kept)

    assert why in await refused(empty, kept)


# What somebody could do to a dump without its manifest, and what would be missed.
EDITS = {
    "DROP TABLE coupon_guess": "coupon_guess",
    "DELETE FROM notice WHERE id = (SELECT min(id) FROM notice)": "notice",
    "UPDATE account SET available = available + 1 WHERE member_id = 1": "account",
    "UPDATE programme_clock SET shift = shift + interval '1 second'": "programme_clock",
    "UPDATE request SET outcome = '{}' WHERE id = (SELECT min(id) FROM request)": "request",
}


@pytest.mark.parametrize("edit", EDITS, ids=EDITS.values())
async def test_what_came_back_otherwise_is_named(
    cluster: EmbeddedPostgres, lived: str, whole: Path, empty: str, tmp_path: Path, edit: str
) -> None:
    async with fresh_copy(cluster, lived) as url:
        await told(url, "; ".join((*UNGUARDED, edit)))
        await back_up(url, tmp_path / "edited")
    wanted = Manifest.model_validate_json((whole / MANIFEST).read_bytes())
    change(contents=wanted.contents.model_dump(mode="json"))(tmp_path / "edited")

    assert f"is not what was put aside: {EDITS[edit]}" in await refused(empty, tmp_path / "edited")


async def test_a_ledger_that_does_not_agree_with_itself_is_not_served(
    cluster: EmbeddedPostgres, lived: str, empty: str, tmp_path: Path
) -> None:
    async with fresh_copy(cluster, lived) as url:
        await told(url, "SET session_replication_role = replica; UPDATE activity SET points = points + 1 WHERE id = 1")
        await back_up(url, tmp_path / "damaged")

    assert "activity does not show what its lots hold: activity 1" in await refused(empty, tmp_path / "damaged")
