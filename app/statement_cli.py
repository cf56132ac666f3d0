"""How is a statement taken from the programme, and proven without it?"""

import shutil
import sys
import tempfile
from pathlib import Path

import click

from app.command import on_database
from app.flags import with_data
from app.ledger.proof import Proven, Unproven, public_key, signing_key, verify
from app.settings import Settings, read_settings

SPOOL_BYTES = 4_000_000
A_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command("statement")
@with_data
@click.option("--mi-account-id", required=True, help="Whose statement.")
def statement(data_dir: Path | None, mi_account_id: str) -> None:
    """Print a member's whole statement with its proof, as JSON lines; the audit log notes it."""
    from app.gateway.tokens import statement_key
    from app.members.statement import COMMAND, statement_of

    async def work(connected: Settings) -> None:
        found = await statement_of(mi_account_id, signing_key(statement_key(connected)), actor=COMMAND)
        if found is None:
            raise click.ClickException(f"No member has the Mi Account {mi_account_id}.")
        async for piece in found.pieces():
            spool.write(piece)

    with tempfile.SpooledTemporaryFile(SPOOL_BYTES) as spool:
        on_database(read_settings(data_dir=data_dir), work)
        spool.seek(0)
        shutil.copyfileobj(spool, sys.stdout.buffer)


@click.command("statement-key")
@with_data
def statement_key_command(data_dir: Path | None) -> None:
    """Print the public key of this operator's statements, for `mipoints verify --key`."""
    from app.gateway.tokens import statement_key

    click.echo(public_key(signing_key(statement_key(read_settings(data_dir=data_dir)))))


@click.command("verify")
@with_data
@click.argument("file", type=A_FILE)
@click.option("--key", help="The public key that the operator tells; without it, any key may have signed.")
@click.option("--since", type=A_FILE, help="An earlier statement that FILE must continue.")
def verify_command(data_dir: Path | None, file: Path, key: str | None, since: Path | None) -> None:
    """Prove a statement by itself; exit 1 with the first line that does not follow. The folder is not read."""
    earlier = _proven(since, key) if since else None
    proven = _proven(file, key, then=earlier.version if earlier else 0)
    if earlier is not None:
        _must_continue(proven, earlier)
    head = proven.head
    balances = ", ".join(f"{amount} {balance}" for balance, amount in proven.balances.items())
    click.echo(f"{proven.version} entries of Mi Account {head['miAccountId']} at {head['at']}: {balances}.")
    whose = "this operator" if key else "nobody in particular yet: compare the key, or give --key"
    click.echo(f"Signed by {head['publicKey']}, {whose}.")
    if earlier is not None:
        click.echo(f"It continues the statement of {earlier.head['at']} with {earlier.version} entries.")


def _proven(path: Path, key: str | None, *, then: int = 0) -> Proven:
    try:
        with path.open("rb") as opened:
            proven = verify(opened, then=then)
    except Unproven as why:
        raise click.ClickException(f"{path}, {why}") from None
    if key is not None and proven.head["publicKey"] != key.strip().lower():
        raise click.ClickException(f"{path}, line 1: it is signed by another key: {proven.head['publicKey']}")
    return proven


def _must_continue(later: Proven, earlier: Proven) -> None:
    same = ("memberId", "publicKey")
    if any(later.head[name] != earlier.head[name] for name in same):
        raise click.ClickException("The two statements are of other members, or signed by other keys.")
    if later.version < earlier.version:
        raise click.ClickException(
            f"The later statement ends at entry {later.version}, the earlier at {earlier.version}."
        )
    if later.hash_then != earlier.hash:
        raise click.ClickException(f"The entries up to {earlier.version} are not those of the earlier statement.")
