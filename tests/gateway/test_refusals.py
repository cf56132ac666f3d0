"""Does what is refused leave no trace, and does every answer tell its cost?"""

from collections.abc import Iterator

import pytest

from app.gateway.costs import INTROSPECTION, MUTATION
from app.gateway.tokens import DevelopmentKeys
from app.settings import Settings
from tests.gateway.nasty import many
from tests.gateway.shop import Door, open_door

ACT = 1 + MUTATION  # what a mutation without a selection costs
LIMIT = 4 * ACT


@pytest.fixture(scope="module")
def frugal(settings: Settings, keys: DevelopmentKeys) -> Iterator[Door]:
    """A server where nothing may cost much."""
    with open_door(settings.model_copy(update={"cost_limit": LIMIT}), keys) as door:
        yield door


@pytest.mark.parametrize(
    ("text", "code", "cost"),
    [
        ("mutation {" + many(201, "a#: visit") + "}", "LIMIT_EXCEEDED", None),
        ("mutation {" + many(5, "a#: visit") + "}", "LIMIT_EXCEEDED", 5 * ACT),
        ("mutation { visit nothing }", "GRAPHQL_VALIDATION_FAILED", None),
        ("mutation { visit", "GRAPHQL_PARSE_FAILED", None),
        ("mutation A { visit } mutation B { visit }", "BAD_USER_INPUT", None),
    ],
)
def test_what_is_refused_runs_nothing(frugal: Door, text: str, code: str, cost: int | None) -> None:
    before = frugal.seen.visits

    answer = frugal.ask(text)

    body = answer.json()
    assert body["errors"][0]["extensions"]["code"] == code
    assert "data" not in body
    assert body.get("extensions", {}).get("cost", {}).get("requested") == cost
    assert frugal.seen.visits == before


def test_what_costs_too_much_is_told_how_much(frugal: Door) -> None:
    body = frugal.ask("mutation {" + many(5, "a#: visit") + "}").json()

    told = body["errors"][0]["extensions"]
    assert told == {"code": "LIMIT_EXCEEDED", "limit": "cost", "maximum": LIMIT, "found": 5 * ACT}
    assert body["extensions"]["cost"] == {"requested": 5 * ACT, "maximum": LIMIT}


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("{ who }", 1),
        ("{ who roles }", 2),
        ("mutation { visit }", ACT),
        ("{ closed who }", 2),
        ("{ required }", 1),
        ("{ broken }", 1),
        ("query ($points: Int!) { double(points: $points) }", 1),
        ("{ __schema { queryType { name } } }", INTROSPECTION + 3),
    ],
)
def test_every_answer_of_an_operation_tells_its_cost(frugal: Door, text: str, cost: int) -> None:
    body = frugal.ask(text).json()

    assert body["extensions"]["cost"] == {"requested": cost, "maximum": LIMIT}
