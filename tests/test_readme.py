"""Is what the README shows what the gateway answers?"""

import json
import re
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from app.cli import mipoints
from app.postgres import EmbeddedPostgres
from app.settings import Settings, variable
from tests.conftest import fresh_database
from tests.served import serving

NOON = "2026-03-02T11:00:00Z"  # no day ends meanwhile
README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def shown(kind: str) -> list[str]:
    """The README's blocks of a kind, in order."""
    return re.findall(rf"^```{kind}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def without_code(answer: dict[str, Any]) -> str:
    """The answer as text; a coupon's code is another one each time."""
    return re.sub(r'"code": "[0-9A-Z]{4}(-[0-9A-Z]{4}){3}"', '"code": ""', json.dumps(answer, ensure_ascii=False))


async def test_home_and_redemption_answer_as_the_readme_shows(cluster: EmbeddedPostgres, roomy: Path) -> None:
    (home, redemption), answers = shown("graphql"), [json.loads(block) for block in shown("json")]

    async with fresh_database(cluster) as url, serving(roomy, "--demo", "--at", NOON, database_url=url) as served:
        token = re.search(r"member token: (\S+)", served.said)
        assert token
        offers = await served.post("{ couponOffers(first: 1) { edges { node { id } } } }", None, token[1])
        [offer] = offers["data"]["couponOffers"]["edges"]
        seen_home = await served.post(home, None, token[1])
        seen_redemption = await served.post(redemption, {"offer": offer["node"]["id"]}, token[1])

    assert seen_home == answers[0]
    assert without_code(seen_redemption) == without_code(answers[1])


def test_every_command_and_setting_is_in_the_readme() -> None:
    commands = CliRunner().invoke(mipoints, ["--help"]).output

    for name in re.findall(r"^  (\w+)  ", commands.split("Commands:")[1], re.MULTILINE):
        assert f"mipoints {name}" in README
    for name in Settings.model_fields:
        assert f"`{'DATABASE_URL' if name == 'database_url' else variable(name)}`" in README
