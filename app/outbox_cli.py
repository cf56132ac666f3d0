"""What can an operator do about messages that have not arrived?"""

from pathlib import Path

import click

from app.command import on_database
from app.database import connection
from app.flags import with_data
from app.notices.outbox import left, retry
from app.settings import Settings, read_settings


@click.group("outbox")
def outbox() -> None:
    """Show messages that have not arrived, and send those again that were given up."""


@outbox.command("list")
@with_data
@click.option("--after", type=click.IntRange(min=0), default=0, help="Only messages after this id.")
def outbox_list(data_dir: Path | None, after: int) -> None:
    """List up to 100 messages that have not arrived, oldest first."""

    async def work(_: Settings) -> list[str]:
        return [str(message) for message in await left(connection(), after=after)]

    for line in on_database(read_settings(data_dir=data_dir), work):
        click.echo(line)


@outbox.command("retry")
@with_data
@click.option("--id", "message_id", type=click.IntRange(min=1), help="Only this message.  [default: all]")
def outbox_retry(data_dir: Path | None, message_id: int | None) -> None:
    """Put messages back that were given up after their last try; a running worker sends them."""

    async def work(_: Settings) -> int:
        return len(await retry(connection(), message_id))

    click.echo(f"Put {on_database(read_settings(data_dir=data_dir), work)} messages back.")
