"""Does the bench compare like with like, and does it reckon right?"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

import pytest

from app.coupons.models import Coupon
from app.database import close_database, connection, open_database, rows
from app.postgres import EmbeddedPostgres, postgres_bin
from scripts.benchmark import data
from scripts.benchmark.capture import Sent, statements_of_redeeming
from scripts.benchmark.contenders import Contender, Site, contenders
from scripts.benchmark.documents import HOME, plain
from scripts.benchmark.figures import Ratio, difference, inverse, ratio, table
from scripts.benchmark.goals import Goal, judged
from scripts.benchmark.issuer import Issuer, served
from scripts.benchmark.own_shape import as_home
from scripts.benchmark.replay import bound, script
from scripts.benchmark.sections import Section, require_equal
from scripts.benchmark.serving import BenchFault, Started, free_port, inherited, started
from scripts.benchmark.tools import ToolMissing, require_tools
from tests.conftest import fresh_database


@pytest.fixture(scope="module")
async def site(cluster: EmbeddedPostgres, roomy: Path) -> AsyncIterator[Site]:
    """A small edition of the bench's data, and what contenders need to know."""
    issuer, folder = Issuer(), roomy / "bench"
    folder.mkdir()
    async with fresh_database(cluster) as url:
        await data.make(url, members=24, activities=14, points=500)
        with served(issuer) as keys:
            yield Site(url, issuer, keys, node=roomy, packages=roomy, folder=folder, pool_size=2)


@pytest.fixture(scope="module")
def by_hand(site: Site) -> Iterator[Started]:
    """The contender that is written by hand, running."""
    port = free_port()
    command, environment = contender("limit").command(site, port)
    with started(command, environment, port=port, output=site.folder / "by_hand.log") as server:
        yield server


async def subjects(site: Site, count: int) -> list[str]:
    """Mi Accounts to ask about, the same ones each time."""
    return [one.mi_account_id for one in await data.asked_about(site.database_url, count)]


async def coupons(url: str) -> int:
    """How many coupons there are."""
    await open_database(url)
    try:
        return await Coupon.all().count()
    finally:
        await close_database()


def contender(name: str) -> Contender:
    """The contender of this name."""
    return next(each for each in contenders() if each.name == name)


async def test_the_gateway_and_every_contender_in_python_answer_the_same(site: Site) -> None:
    chosen = [each for each in contenders() if not each.node and each.missing is None]

    require_equal(site, await subjects(site, 8), chosen)

    assert {each.name for each in chosen} >= {"gateway", "plain", "view", "vanilla", "limit"}


async def test_one_point_more_in_one_answer_stops_the_bench(site: Site) -> None:
    asked = await subjects(site, 3)

    def generous(answer: dict[str, Any]) -> dict[str, Any]:
        seen.append(answer)
        answer["me"]["balance"]["available"] += len(seen) == len(asked)
        return answer

    seen: list[dict[str, Any]] = []
    limit = contender("limit")
    with pytest.raises(BenchFault, match=r"generous answers something else than limit: data\.2\.me\.balance\.avail"):
        require_equal(site, asked, [limit, replace(limit, name="generous", alike=generous)])


async def test_the_members_asked_about_differ_and_have_a_home_to_show(site: Site, by_hand: Started) -> None:
    asked = await data.asked_about(site.database_url, 24)

    homes = [by_hand.post(plain(HOME), site.issuer.token(one.mi_account_id))["data"] for one in asked]

    assert len(asked) > 15
    assert len({home["me"]["activities"]["pageInfo"]["endCursor"] for home in homes}) == len(asked)
    for home in homes:
        assert len(home["me"]["activities"]["edges"]) == 10
        assert home["me"]["balance"]["available"] >= 500
        assert [len(home[each]["edges"]) for each in ("couponOffers", "campaigns")] == [8, 5]
        assert any(edge["node"]["stockLeft"] for edge in home["couponOffers"]["edges"])


async def test_a_token_of_another_issuer_gets_nothing(site: Site, by_hand: Started) -> None:
    [asked] = await subjects(site, 1)

    with pytest.raises(BenchFault, match="answered 401"):
        by_hand.post(plain(HOME), Issuer().token(asked))


async def test_data_that_the_ledger_does_not_cover_is_refused(cluster: EmbeddedPostgres) -> None:
    async with fresh_database(cluster) as url:
        await data.make(url, members=2, activities=3, points=500)
        await open_database(url)
        try:
            await rows(connection(), "UPDATE activity SET points = points + 1 WHERE kind = 'ADJUSTMENT'")
        finally:
            await close_database()

        with pytest.raises(data.NotSound, match="activity does not show what its lots hold"):
            await data.require_sound(url)


def test_a_ratio_is_of_medians_and_its_spread_is_of_rounds() -> None:
    found = ratio([100.0, 300.0, 200.0], [50.0, 100.0, 400.0])

    assert found == Ratio(2.0, 0.5, 3.0)
    assert inverse([1.0, 2.0], [4.0, 4.0]) == Ratio(4.0 / 1.5, 2.0, 4.0)
    assert str(found) == "2.00 (0.50 to 3.00)"


@pytest.mark.parametrize("those", [[], [1.0], [1.0, 2.0, 3.0]])
def test_rounds_that_lack_a_side_have_no_ratio(those: list[float]) -> None:
    with pytest.raises(ValueError, match="both sides"):
        ratio([1.0, 2.0], those)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"a": [1, {"b": None}]}, None),
        ({"a": [1, {"b": 0}]}, "data.a.1.b: None and 0"),
        ({"a": [True, {"b": None}]}, "data.a.0: 1 and True"),
        ({"a": [1.0, {"b": None}]}, "data.a.0: 1 and 1.0"),
        ({"a": [1]}, "data.a: 2 and 1 of them"),
        ({"a": [1, {"b": None, "c": 1}]}, "data.a.1: the fields ['b'] and ['b', 'c']"),
        ({"a": {"0": 1}}, "data.a: [1, {'b': None}] and {'0': 1}"),
    ],
)
def test_the_first_difference_is_named(other: object, told: str | None) -> None:
    assert difference({"a": [1, {"b": None}]}, other) == told


def test_goals_are_judged_by_what_was_measured() -> None:
    goals = [
        Goal("fast enough", "Home", "fast", 2.0),
        Goal("even enough", "Home", "even", 4.0, at_most=True),
        Goal("not measured", "Home", "other", 1.0),
    ]
    ratios = {"fast": Ratio(1.9, 1.0, 3.0), "even": Ratio(4.0, 3.0, 5.0), "fast by CPU": Ratio(2.5, 2.0, 3.0)}

    told = judged(goals, [Section("Home", ["x"], [], {}, ratios)])

    assert "| fast enough | >= 2.00 | 1.90 (1.00 to 3.00) | no | 2.50 (2.00 to 3.00) |" in told
    assert "| even enough | <= 4.00 | 4.00 (3.00 to 5.00) | yes |  |" in told
    assert "not measured" not in told


def test_a_table_has_its_first_column_on_the_left() -> None:
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | ---: |\n| 1 | 2 |"


def test_what_postgraphile_says_in_its_own_shape_is_said_in_ours() -> None:
    theirs = {
        "me": {
            "displayName": "Noa",
            "account": {
                "memberId": "7",
                "status": "ACTIVE",
                "available": 90,
                "pending": 1,
                "reserved": 5,
                "debt": 2,
                "activities": {
                    "edges": [
                        {
                            "cursor": "WyJoIiwiMjAyNi0xMS0yNVQxNzowNTowMC4wMDAwMDArMDA6MDAiLCI5Il0",
                            "node": {"id": "9", "points": 10, "occurredAt": "2026-11-25T17:05:00.000000+00:00"},
                        }
                    ],
                    "pageInfo": {
                        "hasNextPage": False,
                        "endCursor": "WyJoIiwiMjAyNi0xMS0yNVQxNzowNTowMC4wMDAwMDArMDA6MDAiLCI5Il0",
                    },
                },
                "market": {
                    "currency": "GBP",
                    "locale": "it-IT",
                    "openOffers": {"edges": [{"node": {"id": "3", "titles": {"en": "Five"}, "valueMinor": "505"}}]},
                    "runningCampaigns": {"edges": [{"node": {"slug": "s", "titles": {"en": "More", "it": "Più"}}}]},
                },
            },
        }
    }

    home = as_home(theirs)

    cursor = "WyJhY3Rpdml0aWVzIiwiMjAyNi0xMS0yNVQxNzowNTowMCswMDowMCIsOV0"
    activity = {"id": "YS43Ljk", "points": 10, "occurredAt": "2026-11-25T17:05:00Z"}
    assert home["me"]["balance"] == {"available": 90, "pending": 1, "reserved": 5, "debt": 2, "posted": 93}
    assert home["me"]["activities"]["edges"] == [{"cursor": cursor, "node": activity}]
    assert home["me"]["activities"]["pageInfo"] == {"hasNextPage": False, "endCursor": cursor}
    assert home["couponOffers"]["edges"] == [
        {"node": {"id": "by4wLjM", "title": "Five", "value": {"amount": "5.05", "currency": "GBP"}}}
    ]
    assert home["campaigns"]["edges"] == [{"node": {"slug": "s", "title": "Più"}}]


def test_a_captured_statement_is_sent_again_with_other_arguments_where_they_differ() -> None:
    at = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
    sent = Sent("SELECT $1, $2, $1, $11", ("O'Hara", *range(9), [at, None, at.date(), b"\1\2", True]))

    told = bound(sent, {2: ":member"})

    assert told == (
        "SELECT 'O''Hara', :member, 'O''Hara', ARRAY['2026-03-31T22:30:00+00:00'::timestamptz, NULL, "
        "'2026-03-31'::date, '\\x0102'::bytea, true]"
    )


async def test_pgbench_redeems_with_the_statements_that_redeeming_sends(site: Site) -> None:
    [asked] = await data.asked_about(site.database_url, 1)
    offer = (await data.cheapest_offers(site.database_url))[asked.market]
    sent = await statements_of_redeeming(site.database_url, asked, offer)
    path = site.folder / "redeem.pgbench"
    path.write_text(script(sent, price_points=data.CHEAPEST_POINTS))
    before = await coupons(site.database_url)

    flags = ["-n", "-M", "prepared", "-c", "4", "-t", "3", "-D", "clients=4", "-D", "per=6", "-f", str(path)]
    pgbench = str(postgres_bin() / "pgbench")
    done = await asyncio.create_subprocess_exec(pgbench, *flags, env=inherited() | site.settings, stdout=DEVNULL)

    assert await asyncio.wait_for(done.wait(), 20) == 0
    assert await coupons(site.database_url) == before + 4 * 3
    await data.require_sound(site.database_url)


async def test_statements_that_pgbench_was_not_told_stop_the_bench(site: Site) -> None:
    [asked] = await data.asked_about(site.database_url, 1)
    offer = (await data.cheapest_offers(site.database_url))[asked.market]
    sent = await statements_of_redeeming(site.database_url, asked, offer)

    with pytest.raises(BenchFault, match="sends other statements"):
        script(sent[1:], price_points=data.CHEAPEST_POINTS)


@pytest.mark.parametrize(("found", "told"), [((), "wrk makes the load"), (("wrk",), "part of util-linux")])
def test_a_program_that_is_missing_is_named_with_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: tuple[str, ...], told: str
) -> None:
    for name in found:
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ToolMissing, match=told):
        require_tools()
