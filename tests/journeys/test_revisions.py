"""Does the real change of 17 June 2025 in the United Kingdom come as data, to the second, with nothing earned lost?"""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import app.programmes
from app.cli import mipoints as commands
from app.postgres import EmbeddedPostgres
from tests.client import SHOP, STAFF, Client, client_of, fresh, member
from tests.conftest import fresh_database
from tests.journeys.conftest import opened
from tests.journeys.makers import enrolled, order
from tests.served import MIPOINTS, serving

UK = Path(app.programmes.__path__[0]) / "uk-2025.toml"
UK_TEXT = files("app.programmes").joinpath("uk-2025.toml").read_text(encoding="utf-8")
TO_THE_SECOND = """query ($before: DateTime!, $after: DateTime!) {
  before: programme(market: GB, at: $before) { ...numbers }
  after: programme(market: GB, at: $after) { ...numbers }
  spain: programme(market: ES, at: $after) { ...numbers }
}
fragment numbers on Programme {
  revision minimumToPossess maximumShare expiryMonths postingDays earningRules { rule title points limit period }
}"""
AWARDS = "activities(first: 50) { edges { node { kind awards { rule points revision title explanation } } } }"
CATALOGUE = "{ couponOffers(market: GB) { edges { node { id price value { amount } } } } }"


@pytest.fixture(scope="module")
async def june(cluster: EmbeddedPostgres, roomy: Path) -> AsyncIterator[Client]:
    """The gateway on 1 June 2025."""
    async with opened(cluster, roomy, "--at", "2025-06-01T09:00:00Z") as client:
        yield client


async def awards(client: Client, who: str) -> list[tuple[str, int, str]]:
    """The rule, points and revision of each of a member's awards, oldest first."""
    edges = (await client.me(who, AWARDS))["activities"]["edges"]
    found = [award for edge in reversed(edges) for award in edge["node"]["awards"]]
    return [(award["rule"], award["points"], award["revision"]) for award in found]


async def did_everything(client: Client, who: str) -> None:
    """A first log-in, a share and a tap."""
    await client.done(member(who), "recordAppLogin", deviceId="phone")
    share = {"sku": fresh("sku"), "network": "mastodon", "url": "https://social.example/1"}
    await client.done(member(who), "recordShare", **share)
    await client.done(member(who), "tapFuel")


async def browsed(client: Client, who: str) -> Any:
    given = {"miAccountId": who, "code": "BROWSE", "reference": fresh("page")}
    return await client.do(SHOP, "recordCustomActivity", "activity { awards { title points } }", **given)


async def reserved(client: Client, who: str, points: int) -> list[str]:
    """Why so many points cannot pay for an order of 50.00."""
    given = {"orderId": fresh("order"), "points": points, "order": order("50.00", market="GB")}
    payload = await client.do(member(who), "reservePoints", "reservation { id }", **given)
    if payload["reservation"]:
        await client.done(member(who), "releasePoints", reservationId=payload["reservation"]["id"])
    return [error["code"] for error in payload["userErrors"]]


async def test_the_change_of_17_june_is_loaded_as_data_and_counts_from_its_first_second(june: Client) -> None:
    early = await enrolled(june, market="GB", points=950)
    await did_everything(june, early)
    catalogue = await june.read(None, CATALOGUE)

    payload = await june.done(
        STAFF, "loadProgrammeRevision", "programme { revision validFrom market }", document=UK_TEXT
    )
    assert payload["programme"] == {"revision": "UK-2025", "validFrom": "2025-06-16T23:00:00Z", "market": "GB"}

    told = await june.read(None, TO_THE_SECOND, before="2025-06-16T22:59:59Z", after="2025-06-16T23:00:00Z")
    points = {side: {rule["rule"]: rule["points"] for rule in told[side]["earningRules"]} for side in told}
    assert [told[side]["revision"] for side in told] == ["SEED-2020", "UK-2025", "SEED-2020"]
    assert [told[side]["minimumToPossess"] for side in told] == [1000, 1, 1000]
    assert [told[side]["maximumShare"] for side in told] == ["1", "0.05", "1"]
    assert points["spain"] == points["before"]
    assert points["after"] == points["before"] | {"REGISTRATION": 200, "APP_LOGIN": 100, "SHARE": 10, "BROWSING": 10}

    await june.advance(to="2025-06-16T22:59:30Z")
    last = await enrolled(june, market="GB")
    await did_everything(june, last)
    assert [error["code"] for error in (await browsed(june, last))["userErrors"]] == ["UNKNOWN_ACTIVITY"]
    assert await reserved(june, early, 50) == ["BELOW_MINIMUM"]

    await june.advance(to="2025-06-16T23:00:00Z")
    first = await enrolled(june, market="GB")
    await did_everything(june, first)
    for _ in range(2):
        assert (await browsed(june, first))["activity"]["awards"] == [{"title": "Browsing our pages", "points": 10}]
    await june.done(member(last), "tapFuel")

    seed, uk = "SEED-2020", "UK-2025"
    was = [("REGISTRATION", 50, seed), ("APP_LOGIN", 30, seed), ("SHARE", 5, seed), ("FUEL", 10, seed)]
    now = [("REGISTRATION", 200, uk), ("APP_LOGIN", 100, uk), ("SHARE", 10, uk), ("FUEL", 10, uk)]
    assert await awards(june, last) == [*was, ("FUEL", 10, uk)]
    assert await awards(june, first) == [*now, ("BROWSING", 10, uk), ("BROWSING", 10, uk)]
    assert await awards(june, early) == [was[0], ("PURCHASE", 900, seed), *was[1:]]

    assert await reserved(june, first, 250) == []
    assert await reserved(june, first, 251) == ["ABOVE_MAXIMUM_SHARE"]
    assert await reserved(june, early, 250) == []
    assert await june.read(None, CATALOGUE) == catalogue
    assert await june.ledger_agrees()


async def test_an_activity_that_arrives_late_earns_by_the_revision_of_its_time(june: Client) -> None:
    who = await enrolled(june, market="GB")
    edge = "2025-06-16T23:00:00Z"
    await june.advance(to="2025-06-18T09:00:00Z")

    for at, code in (("2025-06-16T22:59:59Z", ["UNKNOWN_ACTIVITY"]), (edge, [])):
        given = {"miAccountId": who, "code": "BROWSE", "reference": fresh("page"), "occurredAt": at}
        payload = await june.do(SHOP, "recordCustomActivity", "activity { points }", **given)
        assert [error["code"] for error in payload["userErrors"]] == code

    assert await june.ledger_agrees()


async def test_an_excluded_product_is_left_out_everywhere_until_it_is_taken_in_again(june: Client) -> None:
    who = await enrolled(june, market="GB")
    sku = {"market": "GB", "skus": ["SKU-1"]}
    quote = """query ($order: OrderInput!, $mi: String!) {
      earning: quoteEarning(order: $order, miAccountId: $mi) { points }
      checkout: quoteCheckout(order: $order, miAccountId: $mi) { eligible { amount } } }"""

    async def quoted() -> tuple[int, str]:
        found = await june.read(SHOP, quote, order=order("30.00", "20.00", market="GB"), mi=who)
        return found["earning"]["points"], found["checkout"]["eligible"]["amount"]

    assert await quoted() == (50, "50.00")
    selection = "programme { market exclusions { edges { node { sku category from until } } } }"
    payload = await june.done(STAFF, "excludeProducts", selection, **sku)
    again = await june.done(STAFF, "excludeProducts", selection, **sku)
    assert await quoted() == (20, "20.00")
    await june.done(STAFF, "excludeProducts", **sku, excluded=False)
    assert await quoted() == (50, "50.00")

    [edge] = payload["programme"]["exclusions"]["edges"]
    assert again["programme"]["exclusions"]["edges"] == [edge]
    assert (edge["node"]["sku"], edge["node"]["category"], edge["node"]["until"]) == ("SKU-1", None, None)
    after = await june.read(None, "{ programme(market: GB) { exclusions { edges { cursor } } } }")
    assert after["programme"]["exclusions"]["edges"] == []


async def test_exclusions_are_listed_newest_first_page_by_page(june: Client) -> None:
    document = """query ($first: Int, $after: String) { programme(market: FR) {
      exclusions(first: $first, after: $after) { edges { node { sku } } pageInfo { hasNextPage endCursor } } } }"""
    for number in range(5):
        await june.done(STAFF, "excludeProducts", market="FR", skus=[f"A-{number}"])

    seen: list[str] = []
    after, more = None, True
    while more:
        page = (await june.read(None, document, first=2, after=after))["programme"]["exclusions"]
        seen += [edge["node"]["sku"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert seen == ["A-4", "A-3", "A-2", "A-1", "A-0"]
    answer = await june.send(None, document, {"first": 101})
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]


async def test_a_faulty_document_is_told_line_by_line_and_changes_nothing(june: Client) -> None:
    faulty = UK_TEXT.replace("UK-2025", "UK-2026").replace("points = 200", "points = -1").replace("500 ", "50000 ")

    payload = await june.do(STAFF, "loadProgrammeRevision", "programme { id }", document=faulty)
    messages = await june.send(
        STAFF,
        "mutation ($input: LoadProgrammeRevisionInput!) { loadProgrammeRevision(input: $input) {"
        " userErrors { code field message } } }",
        {"input": {"idempotencyKey": fresh("key"), "document": faulty}},
    )

    assert payload["programme"] is None
    errors = messages["data"]["loadProgrammeRevision"]["userErrors"]
    assert {(error["code"], tuple(error["field"])) for error in errors} == {("INVALID_INPUT", ("document",))}
    told = [error["message"] for error in errors]
    assert any("maximum_share_bp (line " in message for message in told), told
    assert any("rules.REGISTRATION.points (line " in message for message in told), told


def mipoints(*arguments: str | Path, database_url: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MIPOINTS_", "DATABASE_"))}
    environment = clean | {"DATABASE_URL": database_url}
    return subprocess.run(
        [MIPOINTS, *arguments], capture_output=True, text=True, timeout=60, check=False, env=environment
    )


async def test_a_document_loaded_by_command_is_in_force_at_once_in_every_running_process(
    cluster: EmbeddedPostgres, roomy: Path
) -> None:
    numbers = "{ programme(market: GB) { revision } }"
    flags = ("--empty", "--workers", "2", "--at", "2025-07-01T09:00:00Z")
    async with (
        fresh_database(cluster) as url,
        serving(roomy, *flags, database_url=url) as served,
        client_of(served, url) as client,
    ):
        for _ in range(6):
            assert (await client.read(None, numbers))["programme"]["revision"] == "SEED-2020"
        loaded = await asyncio.to_thread(mipoints, "programme", "load", UK, database_url=url)
        listed = await asyncio.to_thread(mipoints, "programme", "list", database_url=url)

        assert loaded.stdout == "Loaded 1 new revisions.\n"
        assert "GB UK-2025 in force from 2025-07-01T09:" in listed.stdout
        for _ in range(6):
            assert (await client.read(None, numbers))["programme"]["revision"] == "UK-2025"
        who = await enrolled(client, market="GB")
        assert await awards(client, who) == [("REGISTRATION", 200, "UK-2025")]


def test_the_command_finds_the_document_sound() -> None:
    checked = CliRunner().invoke(commands, ["programme", "check", str(UK)])

    assert (checked.exit_code, checked.output) == (0, f"{UK}: sound\n")
