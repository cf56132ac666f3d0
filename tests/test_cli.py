"""Do the commands start, refuse and stop as they say?"""

import os
import signal
import socket
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from app.cli import mipoints as commands
from app.postgres import postmaster
from app.postgres_home import home_of
from tests.served import MIPOINTS, Served, serving

Start = Callable[..., Awaitable[Served]]


def mipoints(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MIPOINTS_", "DATABASE_"))}
    return subprocess.run(
        [MIPOINTS, *arguments], capture_output=True, text=True, timeout=60, check=False, env=clean | variables
    )


def every_command(group: click.Group) -> list[click.Command]:
    """The commands of a group and of the groups in it."""
    found: list[click.Command] = []
    for command in group.commands.values():
        found += every_command(command) if isinstance(command, click.Group) else [command]
    return found


def test_every_command_takes_the_data_folder() -> None:
    found = every_command(commands)

    assert len(found) >= 13
    assert [one.name for one in found if "--data" not in {flag for each in one.params for flag in each.opts}] == []


def test_a_wrong_setting_stops_the_start_with_its_name_and_exit_2(tmp_path: Path) -> None:
    refused = mipoints("serve", "--data", tmp_path, MIPOINTS_POOLSIZE="3", MIPOINTS_WORKERS="none")

    assert refused.returncode == 2
    assert "MIPOINTS_POOLSIZE is not a setting; did you mean MIPOINTS_POOL_SIZE?" in refused.stderr
    assert "MIPOINTS_WORKERS is wrong" in refused.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "flags", [["--port", "x"], ["--at", "yesterday"], ["--at", "2026-01-01T09:00:00"], ["--colour"]]
)
def test_a_wrong_flag_stops_the_start_with_exit_2(tmp_path: Path, flags: list[str]) -> None:
    assert CliRunner().invoke(commands, ["serve", "--data", str(tmp_path), *flags]).exit_code == 2


def test_demo_data_and_another_instant_are_not_for_production(tmp_path: Path) -> None:
    production = {
        "MIPOINTS_PROFILE": "production",
        "MIPOINTS_ISSUER": "https://id.example",
        "MIPOINTS_AUDIENCE": "mipoints",
        "MIPOINTS_JWKS_URL": "https://id.example/keys",
        "MIPOINTS_COUPON_KEY": "k" * 32,
    }

    for flags in (["--demo"], ["--at", "2026-01-01T09:00:00Z"]):
        refused = mipoints("serve", "--data", tmp_path, *flags, **production)
        assert refused.returncode == 2
        assert "development profile" in refused.stderr


def test_a_database_that_does_not_answer_is_said_so_with_exit_1() -> None:
    refused = mipoints("migrate", DATABASE_URL="postgresql://nobody@127.0.0.1:1/points")

    assert refused.returncode == 1
    assert refused.stderr.startswith("The database does not answer")


def test_a_port_that_is_taken_is_said_so_with_exit_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = mipoints("serve", "--data", tmp_path, "--port", str(taken.getsockname()[1]))

    assert refused.returncode == 1
    assert "Choose another with --port" in refused.stderr


async def test_it_says_once_that_it_is_ready_and_stops_with_its_database(roomy: Path) -> None:
    async with serving(roomy, "--empty") as served:
        assert served.said.count("\n") == 1
        assert (await served.http.get("/readyz")).status_code == 200
        cluster = home_of(served.data_dir).cluster
        assert postmaster(cluster) is not None

        assert await served.stop() == 0
        assert postmaster(cluster) is None


async def test_it_serves_again_after_kill_9_of_itself_and_its_database(roomy: Path) -> None:
    async with serving(roomy, "--empty") as first:
        running = postmaster(home_of(first.data_dir).cluster)
        assert running is not None
        await first.stop(signal.SIGKILL)
        os.kill(running.pid, signal.SIGKILL)

    async with serving(roomy, "--empty", data_dir=first.data_dir) as second:
        assert (await second.http.get("/readyz")).status_code == 200


async def test_commands_work_beside_a_running_server(roomy: Path) -> None:
    async with serving(roomy, "--empty") as served:
        assert mipoints("migrate", "--data", served.data_dir).stdout == "The schema is current.\n"
        listed = mipoints("programme", "list", "--data", served.data_dir)
        assert listed.stdout.count("SEED-2020 in force from") == 4
        assert served.token("member", "1001").count(".") == 2
        assert (await served.http.get("/readyz")).status_code == 200


async def test_a_document_is_trusted_at_once_in_a_running_server_and_may_be_removed(roomy: Path) -> None:
    async with serving(roomy, "--empty") as served:
        data = ("--data", served.data_dir)
        manifest = served.data_dir / "persisted-documents.json"
        manifest.write_text('{"home": "query Home { me { displayName } }"}')
        asked = await served.http.post("/graphql", json={"documentId": "home"})
        assert asked.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"

        loaded = mipoints("documents", "load", manifest, *data)

        assert loaded.stdout == "Loaded 1 new documents of 1.\n"
        asked = await served.http.post("/graphql", json={"documentId": "home"})
        assert asked.json()["data"] == {"me": None}
        assert mipoints("documents", "load", manifest, *data).stdout == "Loaded 0 new documents of 1.\n"
        assert mipoints("documents", "list", *data).stdout.startswith("home Home 20")
        assert mipoints("documents", "list", "--after", "home", *data).stdout == ""
        assert mipoints("documents", "remove", "home", *data).stdout == "Removed home.\n"
        gone = mipoints("documents", "remove", "home", *data)
        assert (gone.returncode, gone.stderr) == (1, "Error: No document has the id home.\n")


def test_documents_that_cannot_be_trusted_are_told_with_exit_1_before_a_database_is_touched(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text('{"home": "{ me { nothing } }", "sound": "{ me { id } }"}')

    refused = mipoints("documents", "load", manifest, "--data", tmp_path / "data")

    assert refused.returncode == 1
    assert refused.stderr.startswith("manifest.json: home: Cannot query field 'nothing' on type 'Member'.")
    assert refused.stderr.count("\n") == 1
    assert not (tmp_path / "data").exists()


async def test_two_web_processes_serve_and_stop(start_gateway: Start) -> None:
    served = await start_gateway("--empty", "--workers", "2")

    assert (await served.http.get("/readyz")).status_code == 200
    assert await served.stop() == 0


async def test_an_empty_database_starts_at_an_instant(start_gateway: Start) -> None:
    served = await start_gateway("--empty", "--at", "2026-01-01T09:00:00Z")

    assert (await served.http.get("/readyz")).status_code == 200
