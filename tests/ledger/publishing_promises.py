"""What does a freshly migrated database promise of its rows?"""

import asyncio
import tempfile
from pathlib import Path

from app.database import close_database, connection, open_database
from app.postgres import EmbeddedPostgres
from app.promises import FILE, Promise, said, written
from app.schema import migrate


def main() -> None:
    """Writes it down as published."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        postgres = EmbeddedPostgres(Path(folder) / "cluster", durable=False)
        postgres.start()
        try:
            FILE.write_bytes(written(asyncio.run(fresh(postgres.url()))))
        finally:
            postgres.stop()


async def fresh(url: str) -> tuple[Promise, ...]:
    """The promises of a database that is new."""
    await migrate(url)
    await open_database(url)
    try:
        return await said(connection())
    finally:
        await close_database()


if __name__ == "__main__":
    main()
