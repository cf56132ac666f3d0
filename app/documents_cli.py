"""How does an operator say which documents are trusted?"""

import sys
from pathlib import Path

import click

from app.command import on_database
from app.database import connection, transaction
from app.documents.load import Untrusted, load, sound_documents
from app.documents.store import listed, remove
from app.flags import with_data
from app.settings import Settings, read_settings

LISTED = 100


@click.group("documents")
def documents() -> None:
    """Load, list and remove trusted documents: what `MIPOINTS_TRUSTED_ONLY` lets clients ask, by its id."""


@documents.command("load")
@with_data
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
def documents_load(data_dir: Path | None, files: tuple[Path, ...]) -> None:
    """Load the documents of manifests (Apollo's, or {id: text}); they are in force at once in every running server.

    All are checked against the production schema first; exit 1 with each fault, and nothing is loaded.
    """
    from app.gateway.trusted import production_judge  # the schema is not needed to list or remove

    async def work(_: Settings) -> int:
        async with transaction() as db:
            return await load(db, brought)

    settings = read_settings(data_dir=data_dir)
    try:
        brought = sound_documents(files, production_judge(settings.cost_limit))
        click.echo(f"Loaded {on_database(settings, work)} new documents of {len(brought)}.")
    except Untrusted as error:
        for fault in error.faults:
            click.echo(fault, err=True)
        sys.exit(1)


@documents.command("list")
@with_data
@click.option("--after", default="", help="Only ids behind this one.")
def documents_list(data_dir: Path | None, after: str) -> None:
    """List up to 100 trusted documents in the order of their ids: id, first operation, when it was loaded."""

    async def work(_: Settings) -> list[str]:
        return [str(document) for document in await listed(connection(), after=after, most=LISTED)]

    for line in on_database(read_settings(data_dir=data_dir), work):
        click.echo(line)


@documents.command("remove")
@with_data
@click.argument("document_id", metavar="ID")
def documents_remove(data_dir: Path | None, document_id: str) -> None:
    """Trust a document no more; a running server may run it for another minute. Exit 1 when there is none."""

    async def work(_: Settings) -> bool:
        return await remove(connection(), document_id.removeprefix("sha256:"))

    if not on_database(read_settings(data_dir=data_dir), work):
        raise click.ClickException(f"No document has the id {document_id}.")
    click.echo(f"Removed {document_id}.")
