"""How is a database put aside in a folder beside a running server, and brought back from it, all or nothing?

A backup is what `pg_dump` reads in one snapshot, and a manifest of what stood in that snapshot: rows and a digest of
each table, points by market. What is brought back is compared with it before anybody can see it.
"""

import hashlib
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg
from pydantic import BaseModel, ValidationError

from app.database import MIGRATIONS, close_database, open_database
from app.hosts import address, connect
from app.ledger.check import check_ledger
from app.postgres_programs import run
from app.schema import check_schema, known_migrations, migrate

FORMAT = 1
MANIFEST, DUMP, KEY = "manifest.json", "database.dump", "development-key.json"
RESTORING = "_restoring"  # the name's end of a database that nobody sees yet
SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

# A digest of a table is the same in every order of its rows.
_TABLES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY 1"
)
_TABLE = 'SELECT count(*) AS rows, coalesce(sum(hashtextextended(t::text, 0)), 0)::text AS digest FROM "{}" AS t'
_MARKETS = """
SELECT market_id AS market, count(*) AS members, sum(pending) AS pending, sum(available) AS available,
  sum(reserved) AS reserved, sum(debt) AS debt
FROM account GROUP BY 1 ORDER BY 1
"""
_SESSION = {
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "search_path": "public",
}


class BackupError(Exception):
    """The backup cannot be made or brought back; the message says why. Nothing was changed."""


class Table(BaseModel, frozen=True):
    """How many rows a table has, and the sum of their hashes."""

    rows: int
    digest: str


class Market(BaseModel, frozen=True):
    """The members of a market and their points, by where these are."""

    market: str
    members: int
    pending: int
    available: int
    reserved: int
    debt: int


class Contents(BaseModel, frozen=True):
    """What stands in a database at one instant."""

    migrations: tuple[str, ...]
    tables: dict[str, Table]
    markets: tuple[Market, ...]


class Manifest(BaseModel, frozen=True):
    """What a backup holds; `sha256` is of each of its files, `at` the instant of its snapshot."""

    format: int
    at: datetime
    contents: Contents
    sha256: dict[str, str]

    def lines(self) -> list[str]:
        """The manifest for people, a line for each market."""
        rows = sum(table.rows for table in self.contents.tables.values())
        return [
            f"As of {self.at.isoformat()}: {rows} rows in {len(self.contents.tables)} tables.",
            *(
                f"{each.market}: {each.members} members with {each.available} points available, {each.pending} pending,"
                f" {each.reserved} reserved and {each.debt} of debt."
                for each in self.contents.markets
            ),
        ]


async def back_up(url: str, folder: Path, key: Path | None = None) -> Manifest:
    """Put the database of `url` aside in a new `folder`, with the development `key` that its coupon codes need.

    The server goes on meanwhile. The folder has its name once it is whole and on the disk. Raises BackupError and
    ProgramFailed.
    """
    if folder.exists():
        raise BackupError(f"{folder} exists; a backup goes into a new folder.")
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True, mode=0o700)
    try:
        manifest = await written(url, part, key)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)  # of a backup that failed
    synced(folder.parent)
    return manifest


async def written(url: str, part: Path, key: Path | None) -> Manifest:
    """Writes all files of a backup, down to the disk."""
    async with connected(url) as db:
        await db.execute(SNAPSHOT)
        at = await db.fetchval("SELECT now()")
        snapshot = await db.fetchval("SELECT pg_export_snapshot()")
        contents = await contents_of(db)
        await run("pg_dump", url, f"--snapshot={snapshot}", "--format=custom", "--no-owner", f"--file={part / DUMP}")
    if key is not None and key.exists():
        (part / KEY).write_bytes(key.read_bytes())
    digests = {path.name: digest_of(path) for path in sorted(part.iterdir())}
    manifest = Manifest(format=FORMAT, at=at, contents=contents, sha256=digests)
    (part / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    for path in (*part.iterdir(), part):
        synced(path)
    return manifest


async def restore(url: str, folder: Path, key: Path | None = None) -> Manifest:
    """Bring a backup back into the database of `url`, which must not exist or have no table.

    It is loaded under another name, compared with its manifest, migrated, checked as `mipoints check` does, and gets
    its name last: killed anywhere it leaves nothing that could be served. Raises BackupError
    and ProgramFailed.
    """
    manifest = read(folder)
    refuse_other_key(folder / KEY, key)
    name = unquote(urlsplit(url).path.lstrip("/"))
    hidden = f"{name}{RESTORING}"
    async with connected(url, "postgres") as server:
        await refuse_tables(url, name)
        await server.execute(f"DROP DATABASE IF EXISTS {quoted(hidden)} WITH (FORCE)")
        await server.execute(f"CREATE DATABASE {quoted(hidden)} TEMPLATE template0")
        try:
            await load(named(url, hidden), folder / DUMP, manifest.contents)
            bring_key(folder / KEY, key)
            await refuse_tables(url, name)  # somebody may have filled it meanwhile
            await server.execute(f"DROP DATABASE IF EXISTS {quoted(name)}")
            await server.execute(f"ALTER DATABASE {quoted(hidden)} RENAME TO {quoted(name)}")
        except BaseException:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await server.execute(f"DROP DATABASE IF EXISTS {quoted(hidden)} WITH (FORCE)")
            raise
    return manifest


async def load(url: str, dump: Path, wanted: Contents) -> None:
    """Fills an empty database, compares, migrates and checks it."""
    await run("pg_restore", url, "--exit-on-error", "--no-owner", str(dump))
    await compare(url, wanted)
    await migrate(url)
    await audit(url)


def read(folder: Path) -> Manifest:
    """The manifest of a backup whose files are as they were written. Raises BackupError."""
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError):
        raise BackupError(f"{folder} holds no backup: its {MANIFEST} is missing or is none.") from None
    if manifest.format != FORMAT:
        raise BackupError(f"The backup has format {manifest.format}, and this version reads {FORMAT}.")
    for name, digest in manifest.sha256.items():
        if not (folder / name).is_file() or digest_of(folder / name) != digest:
            raise BackupError(f"{folder / name} is not as it was written; take another backup.")
    if newer := set(manifest.contents.migrations) - known_migrations(MIGRATIONS):
        raise BackupError(f"The backup is of a newer version, with {', '.join(sorted(newer))}; restore it with that.")
    return manifest


async def compare(url: str, wanted: Contents) -> None:
    """Raises BackupError unless the database of `url` holds this."""
    async with connected(url) as db:
        await db.execute(SNAPSHOT)
        found = await contents_of(db)
    differing = [name for name in wanted.tables if found.tables.get(name) != wanted.tables[name]]
    if differing or found != wanted:
        raise BackupError(f"What came back is not what was put aside: {', '.join(differing) or 'points by market'}.")


async def audit(url: str) -> None:
    """Raises BackupError unless the schema is current and the ledger agrees with itself."""
    await open_database(url, pool_size=2, statement_timeout_ms=0, application_name="mipoints restore")
    try:
        await check_schema()
        report = await check_ledger()
    finally:
        await close_database()
    if not report.agrees:
        raise BackupError("\n".join(("The ledger that came back does not agree with itself.", *report.lines())))


async def contents_of(db: asyncpg.Connection) -> Contents:
    """What stands in a database, as this transaction sees it."""
    tables = [name for (name,) in await db.fetch(_TABLES)]
    return Contents(
        migrations=tuple(name for (name,) in await db.fetch("SELECT name FROM tortoise_migrations ORDER BY id")),
        tables={name: Table(**dict(await db.fetchrow(_TABLE.format(name)))) for name in tables},
        markets=tuple(Market(**dict(market)) for market in await db.fetch(_MARKETS)),
    )


async def refuse_tables(url: str, name: str) -> None:
    """Raises BackupError if the database of `url` exists and has any table."""
    with suppress(asyncpg.InvalidCatalogNameError):
        async with connected(url) as db:
            if await db.fetch(_TABLES):
                raise BackupError(f"The database {name} is not empty; a backup is brought back into an empty one.")


def refuse_other_key(kept: Path, key: Path | None) -> None:
    """Raises BackupError where there is another development key than that of the backup."""
    if key is not None and kept.exists() and key.exists() and key.read_bytes() != kept.read_bytes():
        raise BackupError(f"{key} is not the key of this backup, whose coupon codes need theirs; move it away first.")


def bring_key(kept: Path, key: Path | None) -> None:
    """The development key of a backup takes its place."""
    if key is not None and kept.exists():
        key.parent.mkdir(parents=True, exist_ok=True)
        key.touch(mode=0o600)
        key.write_bytes(kept.read_bytes())


@asynccontextmanager
async def connected(url: str, database: str | None = None) -> AsyncIterator[asyncpg.Connection]:
    """A session of its own, without time limits, that writes values in one way. Raises BackupError."""
    try:
        db = await connect(url, server_settings=_SESSION, **({"database": database} if database else {}))
    except OSError as error:
        raise BackupError(f"The database does not answer: {error}") from error
    try:
        yield db
    finally:
        await db.close()


def named(url: str, database: str) -> str:
    """The address of another database of the same server."""
    return address(urlsplit(url)._replace(path=f"/{database}"))


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def synced(path: Path) -> None:
    """What was written to a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
