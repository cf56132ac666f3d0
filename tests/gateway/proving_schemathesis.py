"""Is the gateway clean to thousands of cases? `scripts/prove schemathesis` runs this, the suite a short form of it."""

import asyncio
import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import httpx

from tests.gateway.fuzz import SEEN, Case, cases, faults_of, sent, words_in
from tests.served import MIPOINTS, Served, serving

TOKEN = re.compile(r"^(member|service|staff) token: (\S+)$", re.MULTILINE)
ANSWER_SECONDS = 30


def words_of(served: Served) -> list[str]:
    """The names of what the demo member has and sees."""
    with client_of(served) as http:
        seen = sent(http, tokens_of(served)["member"], Case("", "member", SEEN))
    return sorted(set(words_in(seen.bodies)))


def tokens_of(served: Served) -> Mapping[str, str]:
    """The tokens that a gateway with demo data prints when it starts, by role."""
    return dict(TOKEN.findall(served.said))


def client_of(served: Served) -> httpx.Client:
    """A client of its own: cases are sent one after the other, off the event loop."""
    return httpx.Client(base_url=served.http.base_url, timeout=ANSWER_SECONDS)


def faults_in(served: Served, asked: Sequence[Case]) -> tuple[list[str], Counter[str]]:
    """Sends every case; what was not clean, and how many were answered how."""
    tokens, found, answered = tokens_of(served), list[str](), Counter[str]()
    with client_of(served) as http:
        for case in asked:
            answer = sent(http, tokens[case.role], case)
            answered[answer.refusal] += 1
            found += [f"{case.role}: {case.document}\n  {fault}: {answer.text[:300]}" for fault in faults_of(answer)]
    return found, answered


def disagreement(data_dir: Path, **variables: str) -> str:
    """What `mipoints check` says of a ledger that does not agree with itself; nothing of one that does."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MIPOINTS_", "DATABASE_"))}
    command = [str(MIPOINTS), "check", "--data", str(data_dir)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=clean | variables, check=False)
    return f"{done.stdout}{done.stderr}" if done.returncode else ""


async def prove(many: int, number: int) -> int:
    """0 when everything is clean, and the ledger agrees with itself in the end."""
    folder = Path(tempfile.mkdtemp(prefix="mipoints-fuzz-"))
    folder.chmod(0o711)
    try:
        async with serving(folder, "--demo") as served:
            asked = cases(words_of(served), many, number)
            found, answered = await asyncio.to_thread(faults_in, served, asked)
            apart = await asyncio.to_thread(disagreement, served.data_dir)
    finally:
        shutil.rmtree(folder)
    for fault in [*found, *([apart] if apart else [])]:
        click.echo(fault)
    for answer, times in answered.most_common():
        click.echo(f"{times:6} {answer}")
    click.echo(f"{len(asked)} cases, {len(found)} faults; the ledger {'does not agree' if apart else 'agrees'}")
    return 1 if found or apart else 0


@click.command()
@click.option("--cases", "many", default=5_000, help="How many cases.")
@click.option("--seed", "number", default=1, help="The same seed gives the same cases.")
def main(many: int, number: int) -> None:
    """Sends many cases to a gateway of its own with demo data."""
    raise SystemExit(asyncio.run(prove(many, number)))


if __name__ == "__main__":
    main()
