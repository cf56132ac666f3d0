"""What puts the database aside, and what brings it back?"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import click

from app.backup import KEY, BackupError, Manifest, back_up, restore
from app.command import with_postgres
from app.flags import with_data
from app.postgres_programs import ProgramFailed
from app.settings import Settings, read_settings

Deed = Callable[[str, Path, Path | None], Awaitable[Manifest]]


@click.command("backup")
@with_data
@click.argument("folder", type=click.Path(path_type=Path))
def backup_command(data_dir: Path | None, folder: Path) -> None:
    """Put the whole database aside in a new FOLDER, beside a running server; it holds personal data."""
    told(data_dir, folder, back_up)


@click.command("restore")
@with_data
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def restore_command(data_dir: Path | None, folder: Path) -> None:
    """Bring the backup of FOLDER back into an empty database, compare it and check it; all or nothing."""
    told(data_dir, folder, restore)
    click.echo("All is as it was put aside, and the ledger agrees with itself.")


def told(data_dir: Path | None, folder: Path, deed: Deed) -> None:
    """Do it, and say what was put aside or came back."""

    async def done(settings: Settings) -> Manifest:
        url = settings.direct_url
        key = None if settings.coupon_key else settings.data_dir / KEY
        return await deed(url, folder.absolute(), key)

    try:
        with with_postgres(read_settings(data_dir=data_dir)) as settings:
            manifest = asyncio.run(done(settings))
    except (BackupError, ProgramFailed, asyncpg.PostgresError) as error:
        raise click.ClickException(str(error)) from None
    for line in manifest.lines():
        click.echo(line)
