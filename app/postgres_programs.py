"""How is one of PostgreSQL's own programs (`pg_dump`, `pg_restore`) run on a database?"""

import asyncio
import os
from urllib.parse import SplitResult, unquote, urlsplit

from app.hosts import address
from app.postgres_home import postgres_bin

STOP_S = 10


class ProgramFailed(Exception):
    """The program did not do well; the message has its last words."""


async def run(program: str, url: str, *flags: str) -> None:
    """Run one of PostgreSQL's programs on a database; its end is ours. Raises ProgramFailed."""
    place, password = without_password(urlsplit(url))
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    command = [str(postgres_bin() / program), f"--dbname={place}", *flags]
    running = await asyncio.create_subprocess_exec(*command, env=environment, stderr=asyncio.subprocess.PIPE)
    try:
        _, said = await running.communicate()
    finally:
        if running.returncode is None:
            running.kill()
            await asyncio.wait_for(running.wait(), STOP_S)
    if running.returncode != 0:
        words = said.decode(errors="replace").strip().splitlines()
        raise ProgramFailed(f"{program} failed: {' '.join(words[-3:]) or f'it ended with {running.returncode}'}")


def without_password(url: SplitResult) -> tuple[str, str]:
    """An address that everybody may read in a list of running programs, and its password ("" for none)."""
    if url.password is None:
        return address(url), ""
    place = url.netloc.rpartition("@")[2]
    return address(url._replace(netloc=f"{url.username}@{place}")), unquote(url.password)
