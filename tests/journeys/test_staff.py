"""What do staff do with a member, from the first gift of points to the last trace of a name?"""

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.postgres import EmbeddedPostgres
from tests.client import SHOP, STAFF, Client, Who, client_of, fresh, member
from tests.conftest import fresh_database
from tests.journeys.makers import ADULT, TERMS, bought, enrolled, offered
from tests.served import MIPOINTS, serving

BEN = Who("staff", "ben")
ADJUSTED = "deferred activity { id status points reason } member { balance { available debt } }"
LIABILITY = """query ($market: MarketCode, $from: DateTime, $to: DateTime) {
  liability(market: $market, from: $from, to: $to) { market operator currency opening granted restored redeemed
    clawedBack expired forfeited adjusted closing value { amount currency } } }"""
COLUMNS = ("granted", "restored", "adjusted", "redeemed", "clawedBack", "expired", "forfeited")


@pytest.fixture(scope="module")
async def database_url(cluster: EmbeddedPostgres) -> AsyncIterator[str]:
    """The address of this module's database."""
    async with fresh_database(cluster) as url:
        yield url


@pytest.fixture(scope="module")
async def client(database_url: str, roomy: Path) -> AsyncIterator[Client]:
    """A client of a gateway that starts on 2 March 2026."""
    async with (
        serving(roomy, "--empty", "--at", "2026-03-02T11:00:00Z", database_url=database_url) as served,
        client_of(served, database_url) as ready,
    ):
        yield ready


async def enrols(client: Client, mi_account_id: str) -> Any:
    """Enrols a Mi Account, for the first time or again."""
    given = {"market": "ES", "birthDate": ADULT, "acceptedTerms": TERMS, "miAccountId": mi_account_id}
    selection = "member { id status balance { posted } } activity { points reason }"
    return await client.done(SHOP, "enrolMember", selection, **given)


async def export(client: Client, database_url: str, mi_account_id: str) -> subprocess.CompletedProcess[str]:
    """What `mipoints export` prints of a Mi Account."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MIPOINTS_")}
    command: list[str | Path] = [MIPOINTS, "export", "--mi-account-id", mi_account_id, "--data", client.served.data_dir]

    def run() -> subprocess.CompletedProcess[str]:
        variables = {**clean, "DATABASE_URL": database_url}
        return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)

    return await asyncio.to_thread(run)


async def owed(client: Client, **asked: Any) -> dict[str, Any]:
    """The liability of Spain."""
    [report] = (await client.read(STAFF, LIABILITY, market="ES", **asked))["liability"]
    return dict(report)


async def test_a_great_gift_waits_for_a_second_person_and_then_says_who_gave_it_and_why(client: Client) -> None:
    ana, key = await enrolled(client), fresh("key")
    given = {"miAccountId": ana, "points": 20_000, "reason": "Premio de la comunidad"}

    asked = await client.done(STAFF, "adjustPoints", ADJUSTED, **given, idempotencyKey=key)
    document = "query ($key: String!) { operation(idempotencyKey: $key) { state deferred activity { points } } }"
    waiting = (await client.read(STAFF, document, key=key))["operation"]
    own = await client.do(STAFF, "approveAdjustment", ADJUSTED, activityId=asked["activity"]["id"])

    assert (asked["deferred"], asked["member"]["balance"]["available"]) == (True, 50)
    assert waiting == {"state": "PARKED", "deferred": True, "activity": {"points": 0}}
    assert own["userErrors"] == [{"code": "NEEDS_APPROVAL", "field": ["activityId"]}]

    approved = await client.done(BEN, "approveAdjustment", ADJUSTED, activityId=asked["activity"]["id"])

    assert approved["deferred"] is False
    assert approved["member"]["balance"]["available"] == 20_050
    assert (await client.read(STAFF, document, key=key))["operation"]["state"] == "DONE"
    seen = await client.me(
        ana,
        """statement(first: 1) { edges { node { kind points title reason actor } } }
           notices(first: 1) { edges { node { kind points text } } }
           activities(first: 1) { edges { node { kind points awards { rule explanation lastUsableDay } } } }""",
    )
    assert seen["statement"]["edges"][0]["node"] == {
        "kind": "ADJUST",
        "points": 20_000,
        "title": "Ajuste de nuestro equipo",
        "reason": "Ajuste de nuestro equipo: «Premio de la comunidad».",
        "actor": STAFF.subject,
    }
    assert seen["notices"]["edges"][0]["node"]["kind"] == "ADJUSTED"
    [award] = seen["activities"]["edges"][0]["node"]["awards"]
    assert (award["rule"], award["lastUsableDay"]) == ("ADJUSTMENT", "2027-03-02")
    assert await client.ledger_agrees()


async def test_many_approvals_at_once_apply_an_adjustment_once(client: Client) -> None:
    ana = await enrolled(client)
    given = {"miAccountId": ana, "points": -10_001, "reason": "Un error"}
    asked = (await client.done(STAFF, "adjustPoints", "activity { id }", **given))["activity"]["id"]

    approvals = (client.done(Who("staff", f"s-{n}"), "approveAdjustment", ADJUSTED, activityId=asked) for n in range(8))
    answers = await asyncio.gather(*approvals)

    assert {(each["activity"]["points"], each["member"]["balance"]["debt"]) for each in answers} == {(-10_001, 9_951)}
    assert await client.statement(ana) == [("EARN", 50), ("ADJUST", -50), ("DEBT", -9_951)]
    assert await client.ledger_agrees()


async def test_who_leaves_confirms_what_that_costs_and_finds_the_same_account_on_coming_back(client: Client) -> None:
    ana = await enrolled(client)
    await bought(client, ana, "40.00")
    await client.done(member(ana), "recordAppLogin", deviceId="phone")
    closing = (await client.me(ana, "closing { points value { amount currency } }"))["closing"]
    assert closing == {"points": 120, "value": {"amount": "1.20", "currency": "EUR"}}

    shape = """mutation ($input: CloseAccountInput!) { closeAccount(input: $input) {
      userErrors { code ... on ForfeitMismatch { points value { amount currency } } } } }"""
    wrong = await client.read(member(ana), shape, input={"idempotencyKey": fresh("key"), "forfeitPoints": 80})
    [refusal] = wrong["closeAccount"]["userErrors"]
    assert {name: refusal[name] for name in ("code", "points", "value")} == {"code": "FORFEIT_MISMATCH", **closing}

    left = await client.done(member(ana), "closeAccount", "member { id status }", forfeitPoints=120)
    seen = await client.me(
        ana, "status balance { available pending posted } activities { edges { node { awards { status } } } }"
    )
    tap = await client.do(member(ana), "tapFuel")

    assert left["member"]["status"] == seen["status"] == "CLOSED"
    assert seen["balance"] == {"available": 0, "pending": 0, "posted": 0}
    statuses = [award["status"] for edge in seen["activities"]["edges"] for award in edge["node"]["awards"]]
    assert statuses == ["POSTED", "WITHDRAWN", "POSTED"]
    assert tap["userErrors"] == [{"code": "ACCOUNT_CLOSED", "field": None}]

    back = await enrols(client, ana)

    assert back["member"] == {"id": left["member"]["id"], "status": "ACTIVE", "balance": {"posted": 0}}
    assert back["activity"] == {"points": 0, "reason": "Esto da puntos solo una vez por Cuenta Mi."}
    assert await client.ledger_agrees()


async def test_a_written_off_debt_is_said_to_be_one(client: Client) -> None:
    ana = await enrolled(client)
    await client.done(STAFF, "adjustPoints", miAccountId=ana, points=-80, reason="Un error")

    await client.done(member(ana), "closeAccount", forfeitPoints=0)

    lines = await client.me(ana, "statement(first: 1) { edges { node { kind points title } } }")
    assert lines["statement"]["edges"][0]["node"] == {
        "kind": "FORFEIT",
        "points": 30,
        "title": "Puntos debidos cancelados al cerrar la cuenta",
    }


async def test_a_suspended_member_reads_and_does_nothing_else(client: Client) -> None:
    ana = await enrolled(client)
    offer = await offered(client, 10)
    given = {"miAccountId": ana, "reason": "Muchas cuentas"}

    suspended = await client.done(STAFF, "suspendMember", "member { status }", **given, suspended=True)
    refused = [
        await client.do(member(ana), "tapFuel"),
        await client.do(member(ana), "redeemCoupon", offerId=offer),
    ]
    seen = await client.me(ana, "status balance { available } statement { edges { node { kind } } }")
    await client.done(STAFF, "suspendMember", **given, suspended=False)

    assert suspended["member"] == {"status": "SUSPENDED"}
    assert [error["code"] for payload in refused for error in payload["userErrors"]] == ["ACCOUNT_SUSPENDED"] * 2
    assert (seen["status"], seen["balance"]["available"]) == ("SUSPENDED", 50)
    await client.done(member(ana), "tapFuel")


async def test_who_is_erased_is_nobody_and_earns_nothing_twice(client: Client) -> None:
    ana = await enrolled(client)
    await client.done(member(ana), "recordAppLogin", deviceId="phone")
    before = await owed(client)

    erased = await client.done(STAFF, "eraseMember", "member { id miAccountId displayName status }", miAccountId=ana)

    assert erased["member"]["miAccountId"].startswith("erased:")
    assert (erased["member"]["displayName"], erased["member"]["status"]) == (None, "CLOSED")
    assert (await client.read(member(ana), "{ me { id } }"))["me"] is None
    found = await client.read(STAFF, "query ($it: String!) { member(miAccountId: $it) { id } }", it=ana)
    assert found["member"] is None
    assert int((await owed(client))["closing"]) == int(before["closing"]) - 80

    back = await enrols(client, ana)
    login = await client.done(member(ana), "recordAppLogin", "activity { points }", deviceId="phone")

    assert back["member"]["id"] != erased["member"]["id"]
    assert (back["activity"]["points"], login["activity"]["points"]) == (0, 0)
    assert await client.ledger_agrees()


async def test_the_document_of_a_person_is_the_same_from_the_command_line(client: Client, database_url: str) -> None:
    ana = await enrolled(client, points=600)
    await client.done(member(ana), "redeemCoupon", offerId=await offered(client, 500))
    coupons = await client.me(ana, "coupons { edges { node { code } } }")

    document = (await client.done(STAFF, "exportMember", "document", miAccountId=ana))["document"]
    printed, of_nobody = [await export(client, database_url, who) for who in (ana, "nobody")]

    assert (of_nobody.returncode, of_nobody.stdout) == (1, "")
    assert "No member has the Mi Account nobody." in of_nobody.stderr
    assert printed.returncode == 0
    assert json.loads(printed.stdout) == document
    assert document["identity"][0]["mi_account_id"] == ana
    assert document["coupons"][0]["code"] == coupons["coupons"]["edges"][0]["node"]["code"]
    assert [request["mutation"] for request in document["requests"]] == ["redeemCoupon"]


async def test_the_liability_chains_and_ties_out_before_anything_is_swept(client: Client) -> None:
    ana = await enrolled(client)
    await bought(client, ana, "40.00")
    began = (await client.done(STAFF, "advanceClock", "now", by="PT1S"))["now"]
    await client.advance(by="P30D")
    middle = (await client.done(STAFF, "advanceClock", "now", by="PT1S"))["now"]
    await client.advance(by="P400D")

    first = await owed(client, **{"from": began, "to": middle})
    second = await owed(client, **{"from": middle})
    whole = await owed(client)

    assert (first["operator"], first["currency"]) == ("Xiaomi Technology Netherlands B.V.", "EUR")
    assert second["opening"] == first["closing"]
    for report in (first, second, whole):
        added = sum(int(report[name]) for name in ("opening", *COLUMNS[:3]))
        assert added - sum(int(report[name]) for name in COLUMNS[3:]) == int(report["closing"])
    assert int(first["granted"]) >= 40
    assert whole["closing"] == second["closing"]
    amount = int(whole["closing"])
    assert whole["value"] == {"amount": f"{amount / 100:.2f}", "currency": "EUR"}
    posted = "SELECT sum(available + reserved - debt) FROM account WHERE market_id = 'ES'"
    await client.read(STAFF, "{ members(first: 100) { edges { node { balance { posted } } } } }")
    assert await client.database.fetchval(posted) == amount
    assert await client.ledger_agrees()


@pytest.mark.parametrize(
    "window", [{"to": "2199-01-01T00:00:00Z"}, {"from": "2026-03-02T12:00:00Z", "to": "2026-03-02T11:59:59Z"}]
)
async def test_no_liability_is_told_of_the_future_or_of_a_window_upside_down(
    client: Client, window: dict[str, str]
) -> None:
    answer = await client.send(STAFF, LIABILITY, {**window})

    assert answer["data"] == {"liability": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]


async def test_every_act_stands_in_the_audit_log_under_who_did_it(client: Client) -> None:
    ana, carla = await enrolled(client), Who("staff", fresh("carla"))
    about = {"miAccountId": ana}
    await client.done(carla, "changeTimeZone", **about, timeZone="Atlantic/Canary")
    await client.done(carla, "adjustPoints", **about, points=5, reason="Gracias")
    await client.done(carla, "suspendMember", **about, suspended=True, reason="Muchas cuentas")
    await client.done(carla, "exportMember", **about)
    await client.done(carla, "eraseMember", **about)
    refused = await client.do(carla, "eraseMember", **about)

    document = """query ($actor: String) { auditLog(first: 10, actor: $actor) {
      edges { node { id at actor action subject before after } } } }"""
    lines = [edge["node"] for edge in (await client.read(STAFF, document, actor=carla.subject))["auditLog"]["edges"]]

    assert refused["userErrors"][0]["code"] == "NOT_FOUND"
    assert [line["action"] for line in lines] == [
        "eraseMember",
        "exportMember",
        "suspendMember",
        "adjustPoints",
        "changeTimeZone",
    ]
    assert len({line["subject"] for line in lines}) == 1
    assert {line["actor"] for line in lines} == {carla.subject}
    assert lines[-1]["before"] == {"timeZone": "Europe/Madrid"}
    assert lines[-1]["after"] == {"timeZone": "Atlantic/Canary"}
    assert ana not in json.dumps(lines)
    node = "query ($id: ID!) { node(id: $id) { id ... on AuditLine { action } } }"
    assert (await client.read(STAFF, node, id=lines[0]["id"]))["node"]["action"] == "eraseMember"
    assert (await client.read(SHOP, node, id=lines[0]["id"]))["node"] is None
