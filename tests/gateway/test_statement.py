"""May a member, and staff, download a statement that proves itself, and nobody else?"""

import io
import os
import subprocess
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from app.cli import mipoints
from app.demo.people import ANA, LUCAS
from app.gateway.identity import Principal
from app.gateway.observed import Observed
from app.gateway.statement import _until_its_end
from app.gateway.tokens import mint
from app.gateway.visitors import Visitor
from app.ledger.proof import Proven, Unproven, signing_key, verify, written
from app.members.statement import Statement
from app.postgres import EmbeddedPostgres
from app.settings import Settings
from tests.conftest import fresh_database
from tests.served import MIPOINTS, Served, serving

KEY = signing_key(b"a statement key of tests alone")


@pytest.fixture(scope="module")
async def url(cluster: EmbeddedPostgres) -> AsyncIterator[str]:
    """The address of the module's database."""
    async with fresh_database(cluster) as url:
        yield url


@pytest.fixture(scope="module")
async def demo(url: str, roomy: Path) -> AsyncIterator[Served]:
    """A gateway with demo members."""
    async with serving(roomy, "--demo", database_url=url) as served:
        yield served


def token(served: Served, role: str, subject: str) -> str:
    return mint(Settings(data_dir=served.data_dir), role, subject, timedelta(hours=1))


async def got(served: Served, role: str, subject: str, **parameters: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token(served, role, subject)}"}
    return await served.http.get("/statement", params=parameters, headers=headers)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["extensions"]["code"]


def command(served: Served, *words: str | Path) -> Result:
    """A command that needs no database, with the gateway's data folder."""
    return CliRunner().invoke(mipoints, [*map(str, words), "--data", str(served.data_dir)])


def statement_beside(served: Served, url: str, mi_account_id: str) -> subprocess.CompletedProcess[bytes]:
    """What `mipoints statement` prints beside the running gateway."""
    words = ["statement", "--mi-account-id", mi_account_id, "--data", str(served.data_dir)]
    variables = os.environ | {"DATABASE_URL": url}
    return subprocess.run([MIPOINTS, *words], capture_output=True, timeout=60, check=False, env=variables)


async def test_a_member_downloads_their_own_statement_as_a_file(demo: Served) -> None:
    answer = await got(demo, "member", ANA.mi_account_id)

    proven = verify(io.BytesIO(answer.content))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["cache-control"] == "private, no-store"
    member_id = proven.head["memberId"]
    assert answer.headers["content-disposition"] == (
        f'attachment; filename="statement-{member_id}-{proven.version}.ndjson"'
    )
    assert len(answer.headers["x-request-id"]) == 32
    assert (proven.head["miAccountId"], proven.head["market"]) == (ANA.mi_account_id, "ES")
    assert proven.version > 10
    assert proven.balances["available"] == 1267


async def test_staff_download_that_of_a_member_and_the_audit_log_says_so(demo: Served) -> None:
    answer = await got(demo, "staff", "olga", miAccountId=LUCAS.mi_account_id)

    proven = verify(io.BytesIO(answer.content))
    log = "{ auditLog(first: 1) { edges { node { actor action subject } } } }"
    said = await demo.post(log, None, token(demo, "staff", "olga"))
    assert proven.head["miAccountId"] == LUCAS.mi_account_id
    assert said["data"]["auditLog"]["edges"][0]["node"] == {
        "actor": "olga",
        "action": "downloadStatement",
        "subject": f"member/{proven.head['memberId']}",
    }


async def test_nobody_else_downloads_any(demo: Served) -> None:
    assert code_of(await demo.http.get("/statement")) == (401, "UNAUTHENTICATED")
    forged = await demo.http.get("/statement", headers={"Authorization": "Bearer a.b.c"})
    assert code_of(forged) == (401, "UNAUTHENTICATED")
    assert code_of(await got(demo, "member", ANA.mi_account_id, miAccountId=LUCAS.mi_account_id)) == (403, "FORBIDDEN")
    assert code_of(await got(demo, "service", "shop", miAccountId=ANA.mi_account_id)) == (403, "FORBIDDEN")
    assert code_of(await got(demo, "staff", "olga")) == (403, "FORBIDDEN")
    assert code_of(await got(demo, "staff", "olga", miAccountId="\n")) == (400, "BAD_REQUEST")
    assert code_of(await got(demo, "staff", "olga", miAccountId="nobody")) == (404, "NOT_ENROLLED")
    assert code_of(await got(demo, "member", "nobody")) == (404, "NOT_ENROLLED")


async def test_it_is_got_and_not_posted_nor_asked_for_by_pages_of_other_sites(demo: Served) -> None:
    ours = {"Authorization": f"Bearer {token(demo, 'member', ANA.mi_account_id)}"}

    posted = await demo.http.post("/statement", headers=ours)
    crossed = await demo.http.get("/statement", headers=ours | {"Origin": "https://evil.example"})

    assert code_of(posted) == (405, "METHOD_NOT_ALLOWED")
    assert posted.headers["allow"] == "GET"
    assert code_of(crossed) == (403, "FORBIDDEN")


async def test_the_commands_print_and_prove_the_same_statement(demo: Served, url: str, tmp_path: Path) -> None:
    earlier, later, edited = (tmp_path / name for name in ("earlier", "later", "edited"))
    earlier.write_bytes((await got(demo, "member", ANA.mi_account_id)).content)
    later.write_bytes(statement_beside(demo, url, ANA.mi_account_id).stdout)
    edited.write_bytes(later.read_bytes().replace(b'"points":50', b'"points":60', 1))
    key = command(demo, "statement-key").output.strip()

    sound = command(demo, "verify", later, "--key", key, "--since", earlier)
    unsound = command(demo, "verify", edited)
    of_another = command(demo, "verify", later, "--key", "0" * 64)

    balances = verify(io.BytesIO(later.read_bytes())).balances
    assert sound.exit_code == 0
    assert f": {balances['pending']} pending, 1267 available, 0 reserved, 0 debt." in sound.output
    assert f"Signed by {key}, this operator." in sound.output
    assert "It continues the statement of " in sound.output
    assert (unsound.exit_code, unsound.stdout) == (1, "")
    assert f"{edited}, line 2: entry 1 is not what its hash says" in unsound.stderr
    assert (of_another.exit_code, of_another.stdout) == (1, "")
    assert "line 1: it is signed by another key" in of_another.stderr
    assert statement_beside(demo, url, "nobody").returncode == 1


class Broken(Statement):
    """A statement that cannot be read to its end."""

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """A head and no more."""
        yield written(self.head)
        raise ConnectionError("the database has gone")


async def file_of(statement: Statement, expires_at: datetime) -> bytes:
    visitor = Visitor(Principal("ana", frozenset({"member"}), expires_at), "127.0.0.1")
    return b"".join([piece async for piece in _until_its_end(statement, visitor, Observed("a request of tests"))])


def cut_off(file: bytes) -> Proven:
    return verify(io.BytesIO(file))


async def test_a_file_that_could_not_be_finished_says_so_and_proves_nothing() -> None:
    file = await file_of(Broken({"version": 1}, "", KEY), datetime.now(UTC) + timedelta(hours=1))

    assert b"UNAVAILABLE" in file
    assert b"the database has gone" not in file
    with pytest.raises(Unproven):
        cut_off(file)


async def test_a_file_ends_when_its_token_expires() -> None:
    file = await file_of(Broken({"version": 1}, "", KEY), datetime.now(UTC) - timedelta(seconds=30))

    assert b"UNAUTHENTICATED" in file
