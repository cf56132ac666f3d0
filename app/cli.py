"""Which commands does `mipoints` have?"""

import asyncio
import gc
import shutil
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import click

from app.archive_cli import archive_command
from app.clock import ClockError
from app.command import load_programme, on_database, stop_on_signals, with_postgres
from app.database import DatabaseUnusable, connection
from app.documents_cli import documents
from app.flags import Duration, Instant, with_data
from app.outbox_cli import outbox
from app.postgres import EmbeddedPostgresError
from app.recovery_cli import backup_command, restore_command
from app.settings import Settings, SettingsError, read_settings
from app.statement_cli import statement, statement_key_command, verify_command

SPOOL_BYTES = 4_000_000
REFUSED = (ClockError, DatabaseUnusable, EmbeddedPostgresError)


def main() -> None:
    """The console script: exit 0 well done, 1 refused or disagreeing, 2 wrong settings or arguments."""
    stop_on_signals()
    gc.disable()  # what is imported stays; looking for garbage in it delays the start; `with_postgres` enables it
    try:
        mipoints()
    except SettingsError as error:
        for sentence in error.sentences:
            click.echo(sentence, err=True)
        sys.exit(2)
    except REFUSED as error:
        click.echo(str(error), err=True)
        sys.exit(1)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(package_name="mipoints")
def mipoints() -> None:
    """Mi Points, a loyalty gateway. Settings come from DATABASE_URL, MIPOINTS_* variables and these flags."""


@mipoints.command("serve")
@with_data
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on; 0 picks a free one.  [default: 8000]")
@click.option("--workers", type=int, help="Web processes.  [default: 1]")
@click.option("--profile", type=click.Choice(["development", "production"]), help="Default: development on loopback.")
@click.option("--demo/--empty", default=False, help="With demo members, or without adding any.")
@click.option("--at", type=Instant(), help="Start an empty database at this instant (development).")
def serve_command(*, demo: bool, at: datetime | None, **flags: object) -> None:
    """Serve GraphQL over HTTP."""
    settings = read_settings(**flags)
    if settings.profile == "production" and (demo or at):
        raise click.UsageError("--demo and --at are for the development profile.")

    from app.serving import serve  # a refusal need not wait for all that a server is made of

    serve(settings, demo=demo, at=at)


@mipoints.command("migrate")
@with_data
def migrate_command(data_dir: Path | None) -> None:
    """Bring the database up to date: create it, apply migrations, load the programme's first revision."""
    from app.schema import migrate

    with with_postgres(read_settings(data_dir=data_dir)) as settings:
        applied = asyncio.run(migrate(settings.direct_url))
        on_database(settings, lambda _: load_programme())
    for name in applied:
        click.echo(f"applied {name}")
    click.echo("The schema is current.")


@mipoints.command("seed")
@with_data
@click.option("--members", type=click.IntRange(1, 10_000_000), required=True, help="How many members to add.")
@click.option("--activities", type=click.IntRange(0, 10_000), default=10, help="Activities of each.")
@click.option("--seed", "chance", type=int, default=1, help="The same number gives the same data.")
def seed_command(data_dir: Path | None, members: int, activities: int, chance: int) -> None:
    """Add many members with a history, for trials of size."""
    from app.coupons.codes import CouponCodes
    from app.demo.seed import seed
    from app.gateway.tokens import coupon_key

    async def work(connected: Settings) -> None:
        await load_programme()
        await seed(members=members, activities=activities, seed=chance, codes=CouponCodes(coupon_key(connected)))

    on_database(read_settings(data_dir=data_dir), work)


@mipoints.command("token")
@with_data
@click.option("--role", type=click.Choice(["member", "service", "staff"]), required=True)
@click.option("--subject", required=True, help="Mi Account id of a member; any name for the others.")
@click.option("--expires", type=Duration(), default="PT1H", help="How long it is good for.")
def token_command(data_dir: Path | None, role: str, subject: str, expires: timedelta) -> None:
    """Print a token signed with the development key."""
    from app.gateway.tokens import TokenRefused, mint

    try:
        click.echo(mint(read_settings(data_dir=data_dir), role, subject, expires))
    except TokenRefused as error:
        raise click.ClickException(str(error)) from None


@mipoints.command("worker")
@with_data
def worker_command(data_dir: Path | None) -> None:
    """Run the sweeps, notices and outbox until a signal."""
    from app.gateway.journal import configure_logging
    from app.worker import run_worker

    settings = read_settings(data_dir=data_dir)
    configure_logging(settings)
    on_database(settings, run_worker)


@mipoints.command("check")
@with_data
def check_command(data_dir: Path | None) -> None:
    """Compare the ledger with itself and every row with its constraints; exit 1 with the first that disagree."""
    from app.ledger.check import Report, check_ledger

    async def work(_: Settings) -> Report:
        return await check_ledger(at_once=2)

    report = on_database(read_settings(data_dir=data_dir), work, whatever_guards=True)
    for line in report.lines():
        click.echo(line)
    sys.exit(0 if report.agrees else 1)


@mipoints.command("export")
@with_data
@click.option("--mi-account-id", required=True, help="Whose data.")
def export_command(data_dir: Path | None, mi_account_id: str) -> None:
    """Print all that is known of a person as one JSON document; the audit log notes it."""
    from app.coupons.codes import CouponCodes
    from app.gateway.tokens import coupon_key
    from app.members.export import exported

    async def work(connected: Settings) -> None:
        document = await exported(mi_account_id, CouponCodes(coupon_key(connected)))
        if document is None:
            raise click.ClickException(f"No member has the Mi Account {mi_account_id}.")
        async for piece in document:
            spool.write(piece)

    # Aside first: who reads slowly holds up no transaction.
    with tempfile.SpooledTemporaryFile(SPOOL_BYTES, "w+", encoding="utf-8") as spool:
        on_database(read_settings(data_dir=data_dir), work)
        spool.seek(0)
        shutil.copyfileobj(spool, sys.stdout)


@mipoints.command("schema")
@with_data
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), default="schema.graphql")
def schema_command(data_dir: Path | None, output: Path) -> None:
    """Write the GraphQL schema; the folder is not read."""
    from app.api.schema import sdl

    output.write_text(sdl(), encoding="utf-8")
    click.echo(f"Wrote {output}.")


@mipoints.group("programme")
def programme() -> None:
    """Check, load and list programme revisions."""


@programme.command("check")
@with_data
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
def programme_check(data_dir: Path | None, files: tuple[Path, ...]) -> None:
    """Check documents and run their worked examples; exit 1 and the place of each fault. The folder is not read."""
    from app.rules.revision import DocumentError, parse_document, run_examples

    faults: list[object] = []
    for path in files:
        try:
            found = run_examples(parse_document(path.read_text(encoding="utf-8")))
        except DocumentError as error:
            found = list(error.problems)
        click.echo(f"{path}: {'sound' if not found else ''}")
        for fault in found:
            click.echo(f"  {fault}")
        faults += found
    sys.exit(1 if faults else 0)


@programme.command("load")
@with_data
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def programme_load(data_dir: Path | None, file: Path) -> None:
    """Load a sound document; it is in force at once in every running server."""
    from app.changes import Announcer
    from app.database import transaction
    from app.programmes.load import bring_in, sound_document
    from app.rules.revision import DocumentError

    async def work(_: Settings) -> int:
        document = sound_document(file.read_text(encoding="utf-8"))
        async with Announcer(), transaction() as db:
            return len(await bring_in(db, document))

    try:
        click.echo(f"Loaded {on_database(read_settings(data_dir=data_dir), work)} new revisions.")
    except DocumentError as error:
        raise click.ClickException(str(error)) from None


@programme.command("list")
@with_data
def programme_list(data_dir: Path | None) -> None:
    """List the revisions by market, with the instant from which each is in force."""
    from app.programmes.store import revision_book

    async def work(_: Settings) -> list[str]:
        markets = (await revision_book(connection())).markets
        return [
            f"{market} {stored.revision.name} in force from {stored.in_force_from.isoformat()}"
            for market in sorted(markets)
            for stored in markets[market]
        ]

    for line in on_database(read_settings(data_dir=data_dir), work):
        click.echo(line)


COMMANDS = (archive_command, backup_command, restore_command, statement, statement_key_command, verify_command)
for command in (*COMMANDS, outbox, documents):
    mipoints.add_command(command)
