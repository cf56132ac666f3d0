"""What does a browser find at /graphql in development, and does each story in it work?"""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from app.gateway.graphiql import page
from app.main import create_app
from app.postgres import EmbeddedPostgres
from app.settings import Settings, read_settings
from tests.conftest import fresh_database
from tests.node import run_node
from tests.served import Served, serving

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
AT = "2026-03-02T09:00:00Z"
TABS = "Home Offers Redeem FuelWeek Buy Return Quote Reserve Pay Launch Earn End".split()


@pytest.fixture(scope="module")
async def seen(cluster: EmbeddedPostgres, roomy: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What a browser saw that played every tab in order, on fresh demo data; with a screenshot beside."""
    screenshot = tmp_path_factory.mktemp("graphiql") / "graphiql.png"
    script = Path(__file__).with_name("graphiql.mjs")
    async with fresh_database(cluster) as url, serving(roomy, "--demo", "--at", AT, database_url=url) as demo:
        printed = await run_node(script, str(demo.http.base_url.join("/graphql")), str(screenshot), timeout=120)
    return {**json.loads(printed.splitlines()[-1]), "screenshot": screenshot}


@pytest.fixture(scope="module")
def answers(seen: Any) -> dict[str, Any]:
    """The data that each tab was answered."""
    assert [tab["answer"].get("errors") for tab in seen["tabs"]] == [None] * len(TABS)
    return {tab["title"]: tab["answer"]["data"] for tab in seen["tabs"]}


@pytest.fixture(scope="module")
async def shown(gateway: Served) -> str:
    """The page as a browser on this machine gets it."""
    return (await gateway.http.get("/graphql", headers=BROWSER)).text


def test_the_stories_are_the_tabs_in_order_and_nothing_is_refused(seen: Any, answers: dict[str, Any]) -> None:
    assert [tab["title"] for tab in seen["tabs"]] == TABS
    assert all(json.loads(tab["shown"])["data"] == tab["answer"]["data"] for tab in seen["tabs"])
    refusals = [found for data in answers.values() for found in _all(data, "userErrors")]
    assert len(refusals) > len(TABS)
    assert not any(refusals)


def test_home_and_redeem_spend_the_points_of_the_demo_member(answers: dict[str, Any]) -> None:
    home, offers, redeemed = answers["Home"], answers["Offers"], answers["Redeem"]["redeemCoupon"]

    assert home["me"]["displayName"] == "Ana García"
    first = offers["couponOffers"]["edges"][0]["node"]
    assert redeemed["coupon"]["value"] == first["value"]
    left = home["me"]["balance"]["available"] - first["price"]
    assert redeemed["member"]["balance"]["available"] == left


def test_a_fuel_week_earns_its_bonus_on_the_seventh_day(answers: dict[str, Any]) -> None:
    week = [answers["FuelWeek"][f"day{day}"] for day in range(1, 8)]

    assert [tap["activity"]["points"] for tap in week] == [10, 10, 10, 10, 10, 10, 110]
    assert [tap["member"]["fuel"]["day"] for tap in week] == [1, 2, 3, 4, 5, 6, 0]


def test_what_was_bought_is_returned_in_part(answers: dict[str, Any]) -> None:
    bought, returned = answers["Buy"], answers["Return"]["recordReturn"]

    assert bought["confirmDelivery"]["activity"] == {"points": 1_857, "status": "POSTED"}
    assert (returned["clawedBack"], returned["refund"]["amount"]) == (55, "54.99")
    assert returned["activity"]["reference"] == bought["recordPurchase"]["activity"]["reference"]


def test_held_points_pay_for_the_order_that_they_were_held_for(answers: dict[str, Any]) -> None:
    held, paid = answers["Reserve"]["reservePoints"]["reservation"], answers["Pay"]["recordPurchase"]

    assert answers["Quote"]["quoteCheckout"]["maximumPoints"] >= 500
    assert (held["status"], held["points"]) == ("HELD", 500)
    assert paid["activity"]["reference"] == held["orderId"]
    [reservation] = paid["member"]["reservations"]["edges"]
    assert reservation["node"] == {"status": "CAPTURED", "captured": 500}


def test_a_campaign_is_launched_earned_and_ended(answers: dict[str, Any]) -> None:
    launched, ended = answers["Launch"]["launchCampaign"]["campaign"], answers["End"]["endCampaign"]["campaign"]
    own, doubled = answers["Earn"]["recordPurchase"]["activity"]["awards"]

    assert (own["rule"], own["points"]) == ("PURCHASE", 39)
    assert (doubled["points"], doubled["campaign"]["slug"]) == (39, launched["slug"])
    assert (ended["slug"], ended["budgetLeft"]) == (launched["slug"], "999961")


def test_a_subscription_tells_what_happens_until_it_is_stopped(seen: Any) -> None:
    assert json.loads(seen["live"])["data"] == {"activityRecorded": {"points": 9}}


def test_docs_explorer_and_dialogs_open(seen: Any) -> None:
    assert {"Query", "Mutation", "CouponOffer"} <= set(re.findall(r"\w+", seen["docs"]))
    assert "activityRecorded" in seen["explorer"]
    assert "Theme" in seen["dialog"]
    assert seen["screenshot"].read_bytes().startswith(b"\x89PNG")


def test_no_foreign_address_is_asked_and_no_policy_is_broken(seen: Any) -> None:
    assert seen["foreign"] == []
    assert seen["complaints"] == []


async def test_the_policy_lets_the_page_talk_to_this_server_only(gateway: Served) -> None:
    first, second = [await gateway.http.get("/graphql", headers=BROWSER) for _ in range(2)]

    assert first.status_code == 200
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    assert first.headers["cache-control"] == "no-store"
    policy = dict(part.split(" ", 1) for part in first.headers["content-security-policy"].split("; "))
    nonce = policy["style-src"].removeprefix("'self' ")
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "connect-src": "'self'",
        "style-src": f"'self' {nonce}",
        "font-src": "data:",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert re.fullmatch(r"'nonce-[\w-]{22}'", nonce)
    assert nonce not in second.headers["content-security-policy"]
    assert "://" not in first.text


async def test_the_files_of_the_page_are_for_ever_and_no_others_are_served(gateway: Served, shown: str) -> None:
    named = re.findall(r'(?:href|src)="(/graphiql/[^"]+)"', shown)
    files = {path: await gateway.http.get(path) for path in named}
    folder = named[0].rpartition("/")[0]
    others = (f"{folder}/page.html", f"{folder}/..%2Fgraphiql.py", f"{folder}/", "/graphiql/0/start.js", "/graphiql")
    absent = [await gateway.http.get(path) for path in others]

    assert {path.rpartition(".")[2]: file.headers["content-type"] for path, file in files.items()} == {
        "svg": "image/svg+xml",
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
    }
    assert len(files) == 9
    for file in files.values():
        assert file.status_code == 200
        assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert file.headers["x-content-type-options"] == "nosniff"
    assert [answer.status_code for answer in absent] == [404] * len(others)


def test_demo_tokens_are_there_for_a_browser_on_this_machine(shown: str) -> None:
    assert set(_given(shown)["tokens"]) == {"member", "service", "staff", "member+staff"}


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example:8000"},
        {"host": "[broken"},
        {"x-forwarded-for": "203.0.113.9"},
        {"forwarded": "for=203.0.113.9"},
        {"origin": "http://localhost:3000"},
    ],
    ids=lambda headers: "-".join(headers),
)
async def test_no_token_leaves_for_another_name_a_proxy_or_a_page(gateway: Served, headers: dict[str, str]) -> None:
    answer = await gateway.http.get("/graphql", headers={**BROWSER, **headers})

    assert answer.status_code == 200
    assert _given(answer.text)["tokens"] == {}
    assert "eyJ" not in answer.text


@pytest.mark.parametrize(
    ("client", "host", "given"),
    [
        ("127.0.0.1", "localhost:8000", True),
        ("::1", "[::1]:8000", True),
        ("192.0.2.7", "127.0.0.1:8000", False),
        ("127.0.0.1", "192.0.2.1:8000", False),
    ],
)
def test_a_token_is_for_a_client_of_this_machine(settings: Settings, client: str, host: str, given: bool) -> None:
    answer = page(_visit(client, host), settings)

    assert bool(_given(bytes(answer.body).decode())["tokens"]) is given


def test_without_its_packages_the_page_says_how_to_get_them(settings: Settings, tmp_path: Path) -> None:
    answer = page(_visit("127.0.0.1", "localhost"), settings, packages=tmp_path)

    assert answer.status_code == 503
    assert "scripts/serve" in bytes(answer.body).decode()
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_production_has_neither_page_nor_files(shown: str, tmp_path: Path) -> None:
    app = create_app(
        read_settings(
            profile="production",
            data_dir=tmp_path,
            issuer="https://accounts.example",
            audience="mipoints",
            jwks_url="https://accounts.example/keys",
            coupon_key="a secret of the tests, long enough",
        )
    )

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as http:
        found = [await http.get(path, headers=BROWSER) for path in re.findall(r'"(/graphiql/[^"]+)"', shown)]
        opened = await http.get("/graphql", headers=BROWSER)

    assert [answer.status_code for answer in found] == [404] * 9
    assert opened.status_code == 400
    assert opened.headers["content-type"].startswith("application/json")


def _visit(client: str, host: str) -> Request:
    return Request({"type": "http", "headers": [(b"host", host.encode())], "client": (client, 50_000)})


def _given(text: str) -> Any:
    """What the page gives to its script."""
    found = re.search(r'<script type="application/json" id="given">(.*?)</script>', text)
    assert found
    return json.loads(found[1])


def _all(value: Any, name: str) -> list[Any]:
    """Every value of a field of this name, however deep."""
    if isinstance(value, list):
        return [found for item in value for found in _all(item, name)]
    if not isinstance(value, dict):
        return []
    return [item for key, item in value.items() if key == name] + _all(list(value.values()), name)
