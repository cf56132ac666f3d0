"""How does an operator archive old statement lines?"""

from datetime import UTC, datetime
from pathlib import Path

import click

from app.clock import now
from app.command import on_database
from app.database import connection
from app.flags import with_data
from app.ledger.archive import KEPT_MONTHS, archive, latest
from app.settings import Settings, read_settings

_DATE = click.DateTime(formats=["%Y-%m-%d"])


@click.command("archive")
@with_data
@click.option("--before", type=_DATE, help=f"Lines before this day, in UTC.  [default: {KEPT_MONTHS} months ago]")
def archive_command(data_dir: Path | None, before: datetime | None) -> None:
    """Archive old statement lines: they are read as before, and no longer stand among those that are written."""

    async def work(_: Settings) -> str:
        most = latest(await now(connection()))
        until = before.replace(tzinfo=UTC) if before else most
        if until > most:
            raise click.ClickException(
                f"The lines of the last {KEPT_MONTHS} months stay: the latest day is {most.date()}."
            )
        return f"Archived {await archive(until)} lines from before {until.date()}."

    click.echo(on_database(read_settings(data_dir=data_dir), work))
