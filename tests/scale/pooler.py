"""How does a proof put pgbouncer, by transaction, between gateways and PostgreSQL?"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.postgres import DATABASE, SUPERUSER
from app.postgres_home import Runner

PORT = 6432  # a name within its folder; it listens on no network
STOP_S = 10
POOL = 4
STARTUP = "extra_float_digits, statement_timeout, lock_timeout, idle_in_transaction_session_timeout, jit"
ADVICE = re.compile(r"connect_query='.*'(?=\.)")


def installed() -> str | None:
    """Where pgbouncer is, as Debian installs it or on the path."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@contextmanager
def pooled(folder: Path, socket_folder: str, runner: Runner, advice: str = "") -> Iterator[str]:
    """The address of a pooler in front of the PostgreSQL that listens in `socket_folder`; `advice` is for its ini."""
    program = installed()
    assert program is not None
    runner.give(folder)
    ini = folder / "pgbouncer.ini"
    ini.write_text(
        f"""[databases]
{DATABASE} = host={socket_folder} dbname={DATABASE} user={SUPERUSER} {advice}
[pgbouncer]
unix_socket_dir = {folder}
listen_port = {PORT}
auth_type = any
pool_mode = transaction
default_pool_size = {POOL}
max_client_conn = 200
ignore_startup_parameters = {STARTUP}
logfile = {folder}/log
"""
    )
    ini.chmod(0o644)
    running = subprocess.Popen(
        [program, "-q", str(ini)], cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **runner.identity()
    )
    try:
        yield f"postgres://{SUPERUSER}@/{DATABASE}?host={folder}&port={PORT}"
    finally:
        running.terminate()
        running.wait(STOP_S)
