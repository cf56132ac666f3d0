"""What is answered to documents and variables that mean nothing?"""

from typing import Any

import pytest

from tests.client import SHOP, Client, fresh, member
from tests.journeys.makers import enrolled

NUL = "a\0b"


@pytest.fixture(scope="module")
async def ana(client: Client) -> str:
    """The Mi Account of a member."""
    return await enrolled(client)


@pytest.mark.parametrize(
    "variables",
    [
        {"unitPrice": 10.5},
        {"unitPrice": "1e3"},
        {"unitPrice": "NaN"},
        {"unitPrice": "1" * 5_000},
        {"unitPrice": "1", "quantity": 2**31},
        {"unitPrice": "1", "quantity": -(10**30)},
        {"unitPrice": "1", "quantity": "1"},
        {"unitPrice": None},
    ],
)
async def test_a_number_that_is_none_never_reaches_the_programme(
    client: Client, ana: str, variables: dict[str, Any]
) -> None:
    document = "mutation ($input: RecordPurchaseInput!) { recordPurchase(input: $input) { userErrors { code } } }"
    bought = {"currency": "EUR", "lines": [{"sku": "A", **variables}]}
    given = {"idempotencyKey": fresh("key"), "miAccountId": ana, "orderId": fresh("order"), "order": bought}

    before = await client.rows_by_table()

    answer = await client.send(SHOP, document, {"input": given})

    assert await client.rows_by_table() == before
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}


@pytest.mark.parametrize("listed", ["activities", "statement", "coupons", "notices"])
@pytest.mark.parametrize(
    "asked",
    ["first: 0", "first: 101", "first: -1", "last: 0", "last: 101", "first: 1, last: 1"]
    + [f'after: "{cursor}"' for cursor in ("", "garbage", "bnVsbA", "WyJjb3Vwb25zIiwtMV0", "x" * 5_000)],
)
async def test_a_page_that_cannot_be_is_a_clean_error(client: Client, ana: str, listed: str, asked: str) -> None:
    answer = await client.send(member(ana), f"{{ me {{ {listed}({asked}) {{ edges {{ cursor }} }} }} }}")

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("malformed", ["", "garbage", "!", NUL, "x" * 10_000, "é", "bS4xLjE="])
async def test_a_malformed_id_is_null_beside_a_clean_error(client: Client, ana: str, malformed: str) -> None:
    document = "query ($id: ID!) { node(id: $id) { id } }"

    answer = await client.send(member(ana), document, {"id": malformed})

    assert answer["data"] == {"node": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("at", ["1900-01-01T00:00:00Z", "2199-12-31T23:59:59.999999Z"])
async def test_a_balance_is_known_at_the_ends_of_time(client: Client, ana: str, at: str) -> None:
    assert await client.balance(ana, at=at) == {"pending": 0, "available": 0, "debt": 0}


@pytest.mark.parametrize("at", ["2026-02-30T00:00:00Z", "2026-03-01", "2026-03-01T00:00:00", "9999-12-31T00:00:00Z", 0])
async def test_an_instant_that_is_none_is_a_clean_error(client: Client, ana: str, at: object) -> None:
    document = "query ($at: DateTime) { me { balance(at: $at) { available } } }"

    answer = await client.send(member(ana), document, {"at": at})

    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}


async def test_strings_that_no_database_holds_find_nothing(client: Client) -> None:
    document = "query ($word: String!) { operation(idempotencyKey: $word) { state } member(miAccountId: $word) { id } }"

    for word in (NUL, "", "x" * 60_000, "\u202e", "%_"):
        assert await client.read(SHOP, document, word=word) == {"operation": None, "member": None}


async def test_half_a_character_is_refused_at_the_door(client: Client) -> None:
    body = b'{"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": {"id": "\\ud800"}}'

    answer = await client.served.http.post("/graphql", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code in (200, 400)
    assert answer.json()["errors"][0]["extensions"]["code"] in ("BAD_REQUEST", "BAD_USER_INPUT")
