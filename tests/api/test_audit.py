"""Does every act of staff stand in the audit log, once, and does it name nobody?"""

import json

import pytest

from app.database import Db, rows
from tests.api.asking import do, done
from tests.api.matrix import MATRIX, may
from tests.api.requests import REQUESTS
from tests.client import Who, fresh

CLOCK = "advanceClock"  # the sandbox's, which changes nothing of the programme's
ACTS = sorted(name for name in MATRIX["Mutation"] if "staff" in may("Mutation", name).split() and name != CLOCK)
LINES = "SELECT actor, action, subject, before, after FROM audit_line WHERE actor = $1 ORDER BY id"


@pytest.mark.parametrize("mutation", ACTS)
async def test_an_act_of_staff_is_one_line_under_who_did_it(programme: Db, mutation: str) -> None:
    one = await REQUESTS[mutation]()
    who, key = Who("staff", fresh("staff")), fresh("key")

    for _ in range(2):
        await done(who, mutation, **one.given, idempotencyKey=key)

    [line] = await rows(programme, LINES, who.subject)
    assert (line["actor"], line["action"]) == (who.subject, mutation)
    identity = one.given.get("miAccountId")
    assert identity is None or identity not in json.dumps([line["subject"], line["before"], line["after"]])


@pytest.mark.parametrize("mutation", ACTS)
async def test_an_act_that_is_refused_leaves_no_line(programme: Db, mutation: str) -> None:
    one = await REQUESTS[mutation]()
    who = Who("staff", fresh("staff"))

    await do(who, mutation, **one.given, idempotencyKey="")

    assert await rows(programme, LINES, who.subject) == []
