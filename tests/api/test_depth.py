"""Does a page deep in a long list cost what the first one costs?"""

import json
from typing import Any

import pytest

from app.database import connection, rows
from tests.api.asking import read
from tests.api.makers import enrolled, many_activities

LONG = 5_000
DEEP = LONG * 9 // 10
MOST = 40  # the list itself lies on more than a hundred pages of the table
SLACK = 8  # an index descends another way, twenty rows lie on other pages

Sent = list[tuple[str, tuple[Any, ...]]]


def page(size: int, chosen: str) -> str:
    """The document that asks for a page of chosen activities."""
    asked = f"activities(first: {size}, after: $after{chosen})"
    return f"query ($after: String) {{ me {{ {asked} {{ edges {{ cursor node {{ id }} }} }} }} }}"


async def buffers(sql: str, *args: object) -> int:
    """How many pages of tables and indexes a statement reads."""
    [[explained]] = await rows(connection(), f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", *args)
    [plan] = json.loads(explained) if isinstance(explained, str) else explained
    return int(plan["Plan"]["Shared Hit Blocks"]) + int(plan["Plan"]["Shared Read Blocks"])


@pytest.mark.parametrize("chosen", ["", ", kinds: [SHARE, FUEL], statuses: [NONE]"])
async def test_a_page_at_ninety_percent_reads_as_much_as_the_first(sent: Sent, chosen: str) -> None:
    who = await enrolled()
    await many_activities(who, LONG)
    await rows(connection(), "ANALYZE activity")
    document, walked = page(20, chosen), page(100, chosen)
    cursors: list[str] = []
    while edges := (await read(walked, as_=who, after=cursors[-1] if cursors else None))["me"]["activities"]["edges"]:
        cursors += [edge["cursor"] for edge in edges]
    cost = []

    for after in (None, cursors[len(cursors) * 9 // 10]):
        sent.clear()
        edges = (await read(document, as_=who, after=after))["me"]["activities"]["edges"]
        [statement] = [one for one in sent if "activity" in one[0]]
        cost.append(await buffers(statement[0], *statement[1]))

        assert len(edges) == 20

    assert len(cursors) > 800
    assert cost[0] <= MOST
    assert cost[1] <= cost[0] + SLACK, cost


async def test_a_page_found_by_counting_would_be_seen_to_cost_more(sent: Sent) -> None:
    who = await enrolled()
    await many_activities(who, LONG)
    await rows(connection(), "ANALYZE activity")
    counting = "SELECT * FROM activity ORDER BY member_id DESC, occurred_at DESC, id DESC LIMIT 20 OFFSET $1"

    first, deep = await buffers(counting, 0), await buffers(counting, DEEP)

    assert deep > first + SLACK
