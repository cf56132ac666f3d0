"""Does the public audit of GraphQL over HTTP find nothing to say, of what must be, should be and may be?"""

import json
from pathlib import Path

from tests.node import run_node
from tests.served import Served

CHECKS = 61


async def test_every_check_of_the_audit_is_passed(gateway: Served) -> None:
    printed = await run_node(Path(__file__).with_name("audit.mjs"), f"{gateway.http.base_url}/graphql")

    assert json.loads(printed) == {"passed": CHECKS, "failed": []}
