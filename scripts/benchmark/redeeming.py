"""How many redemptions a second are there: in process, over HTTP, and of one member?"""

import asyncio
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median

import orjson

from app.coupons.models import Coupon
from app.database import close_database, open_database
from app.postgres import postgres_bin
from scripts.benchmark.capture import Sent, statements_of_redeeming
from scripts.benchmark.data import CHEAPEST_POINTS, Asked
from scripts.benchmark.figures import ratio
from scripts.benchmark.load import SERVER_CORES, Load, Trial, database_s, write_asked
from scripts.benchmark.replay import script
from scripts.benchmark.sections import Plan, Section, loads_raw, middle
from scripts.benchmark.serving import BenchFault, inherited

CLIENTS, HOT_CLIENTS = 16, 32
TPS = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)
LONGER_S = 60.0


@dataclass(frozen=True)
class Redeemed:
    """Redemptions a second, and PostgreSQL's CPU for one of them in microseconds."""

    rate: float
    database_us: float


def in_process(plan: Plan) -> Section:
    """`redeem` by 16 tasks beside pgbench with 16 clients running the same statements; both on the server's core."""
    return _beside_pgbench("Redeem", plan, "redeem", "redeem/pgbench", partial(_with_database, plan, _redeemer))


def over_http(plan: Plan) -> Section:
    """`redeemCoupon` over HTTP by different members beside pgbench running the same statements."""
    trial = Trial("http", plan.contender("gateway"), plan.asked, connections=CLIENTS, percent=100)

    def served() -> Redeemed:
        load = measured(plan, trial)
        return Redeemed(load.rate, load.database_us)

    return _beside_pgbench("Redeem over HTTP", plan, "redeemCoupon over HTTP", "http/pgbench", served)


def _beside_pgbench(title: str, plan: Plan, name: str, told: str, measure: Callable[[], Redeemed]) -> Section:
    measures: dict[str, Callable[[], Redeemed]] = {name: measure, "pgbench": partial(_with_database, plan, _pgbench)}
    found = plan.interleaved(list(measures), lambda each: measures[each]())
    rates = {each: [one.rate for one in these] for each, these in found.items()}
    lines = [
        [
            each,
            f"{median(rates[each]):.0f}",
            str(ratio(rates[each], rates["pgbench"])),
            f"{median(one.database_us for one in these):.0f}",
        ]
        for each, these in found.items()
    ]
    head = [f"redeem, different members, {CLIENTS} at a time", "redemptions/s", "this / pgbench", "PostgreSQL CPU us"]
    raw = {each: [asdict(one) for one in these] for each, these in found.items()}
    return Section(title, head, lines, raw, {told: ratio(rates[name], rates["pgbench"])})


def hot_member(plan: Plan) -> Section:
    """One member who redeems over 32 connections: the gateway beside Mercurius calling the same SQL."""
    hot = plan.members[1]
    asked = write_asked(plan.site.folder / "hot", plan.site, [hot], dict(plan.offers))
    chosen = [each for each in plan.taking_part() if each.name in ("gateway", "mercurius")]
    sent = statements(plan, hot)
    script(sent, price_points=CHEAPEST_POINTS)  # it knows the statements, and with it the program for Mercurius
    (plan.site.folder / "statements.json").write_bytes(orjson.dumps([one.as_json() for one in sent]))
    trials = {
        each.name: Trial(f"hot-{each.name}", each, asked, connections=HOT_CLIENTS, percent=100) for each in chosen
    }
    loads = plan.interleaved(list(trials), lambda name: measured(plan, trials[name]))
    lines, ratios = [], {}
    for each in chosen:
        against = ratio([one.rate for one in loads["gateway"]], [one.rate for one in loads[each.name]])
        ratios[f"hot/{each.name}"] = against
        rate, p99 = middle(loads[each.name], "rate"), middle(loads[each.name], "p99_ms")
        lines.append([each.title, f"{rate:.0f}", f"{p99:.1f}", str(against)])
    head = [f"redeem, one member, {HOT_CLIENTS} connections", "redemptions/s", "p99 ms", "gateway / this"]
    return Section("Hot member", head, lines, loads_raw(loads), ratios)


def statements(plan: Plan, member: Asked) -> list[Sent]:
    """What a redemption by this member sends."""
    offer = plan.offers[member.market]
    return asyncio.run(statements_of_redeeming(plan.site.database_url, member, offer))


def coupons(plan: Plan) -> int:
    """How many coupons there are."""

    async def count() -> int:
        await open_database(plan.site.database_url, pool_size=1)
        try:
            return await Coupon.all().count()
        finally:
            await close_database()

    return asyncio.run(count())


def measured(plan: Plan, trial: Trial) -> Load:
    """A load of redemptions alone. Raises BenchFault unless there is a coupon for each answer of it."""
    before = coupons(plan)
    load = trial.measure(plan.site, plan.seconds)
    issued = coupons(plan) - before
    if issued < load.requests:  # the warm-up issues some as well
        raise BenchFault(f"{load.requests} redemptions were answered, and only {issued} coupons were issued")
    return load


def _with_database(plan: Plan, redeem: Callable[[Plan], float]) -> Redeemed:
    issued, spent = coupons(plan), database_s(plan.site)
    rate = redeem(plan)
    issued, spent = coupons(plan) - issued, database_s(plan.site) - spent
    return Redeemed(rate, 1e6 * spent / issued)


def _redeemer(plan: Plan) -> float:
    members = plan.site.folder / "redeemers"
    members.write_text("".join(f"{one.mi_account_id} {plan.offers[one.market]}\n" for one in plan.members))
    program = [sys.executable, "-m", "scripts.benchmark.python.redeemer"]
    done = _pinned(plan, [*program, str(plan.seconds), str(CLIENTS), str(members)], plan.site.settings)
    return float(orjson.loads(done.rpartition("\n")[2])["rate"])


def _pgbench(plan: Plan) -> float:
    path = plan.site.folder / "redeem.pgbench"
    path.write_text(script(statements(plan, plan.members[0]), price_points=CHEAPEST_POINTS))
    per = len(plan.members) // CLIENTS
    flags = ["-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "1", "-T", f"{plan.seconds:.0f}", "-f", str(path)]
    flags += ["-D", f"clients={CLIENTS}", "-D", f"per={per}"]
    done = _pinned(plan, [str(postgres_bin() / "pgbench"), *flags], plan.site.settings)
    found_rate = TPS.search(done)
    if found_rate is None:
        raise BenchFault(f"pgbench told no rate:\n{done[-1_000:]}")
    return float(found_rate[1])


def _pinned(plan: Plan, command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        ["taskset", "-c", SERVER_CORES, *command],  # noqa: S607 - as found on PATH
        env={**inherited(), **environment},
        capture_output=True,
        text=True,
        timeout=plan.seconds + LONGER_S,
        check=False,
    )
    if done.returncode != 0:
        raise BenchFault(f"{Path(command[0]).name} failed:\n{done.stdout[-1_000:]}{done.stderr[-2_000:]}")
    return done.stdout.rstrip()
