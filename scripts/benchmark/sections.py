"""What does the bench measure, and how is each part told?"""

import asyncio
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

from scripts.benchmark import data
from scripts.benchmark.contenders import Contender, Site, contenders, gateway
from scripts.benchmark.documents import HOME, persisted
from scripts.benchmark.figures import Ratio, difference, inverse, ratio, table
from scripts.benchmark.load import SERVER_CORES, Load, Trial, write_asked
from scripts.benchmark.serving import BenchFault, free_port, started

T = TypeVar("T")
COMPARED = 50  # members whose answers have to be equal before anything is measured
AT_ONCE = 4  # contenders that are compared at a time
LONG_ACTIVITIES = 500_000
TIMES_TAUGHT = 24
BY_CPU = " by CPU"


@dataclass(frozen=True)
class Plan:
    """How much to measure, on what. `asked`: the folder of the members by chance, `members` their rows."""

    site: Site
    members: Sequence[data.Asked]
    offers: Mapping[str, int]
    asked: Path
    seconds: float
    rounds: int
    names: frozenset[str] | None = None
    chance: random.Random = field(default_factory=lambda: random.Random(5))  # noqa: S311 - an order of measuring

    def taking_part(self) -> list[Contender]:
        """The contenders that were chosen and are there."""
        chosen = [each for each in contenders() if self.names is None or each.name in self.names]
        for each in chosen:
            if each.missing is not None:
                say(f"  {each.title}: not available, {each.missing}")
        return [each for each in chosen if each.missing is None]

    def contender(self, name: str) -> Contender:
        """The contender of this name."""
        return next(each for each in contenders() if each.name == name)

    def interleaved(self, names: Sequence[str], measure: Callable[[str], T]) -> dict[str, list[T]]:
        """What `measure` finds of each name in each round; the order within a round is by chance."""
        found: dict[str, list[T]] = {name: [] for name in names}
        for turn in range(1, self.rounds + 1):
            for name in self.chance.sample(list(names), len(names)):
                found[name].append(measure(name))
                say(f"  round {turn} of {self.rounds}: {name}: {found[name][-1]}")
        return found


@dataclass(frozen=True)
class Section:
    """One part of the report: a table, what it came from, and the figures that goals are judged by."""

    title: str
    head: Sequence[str]
    lines: Sequence[Sequence[str]]
    raw: Mapping[str, Any]
    ratios: Mapping[str, Ratio]

    def __str__(self) -> str:
        return f"**{self.title}**\n\n{table(self.head, self.lines)}\n"


def say(text: str) -> None:
    """A line of progress, on standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def require_equal(
    site: Site, subjects: Sequence[str], chosen: Sequence[Contender], *, cores: str | None = None
) -> None:
    """Raises BenchFault with the first place where a contender answers a member otherwise than the first one does."""
    tokens = [site.issuer.token(subject) for subject in subjects]
    with ThreadPoolExecutor(AT_ONCE) as several:
        answers = list(several.map(lambda each: _answers(site, each, tokens, cores), chosen))
    for contender, these in zip(chosen, answers, strict=True):
        if found := difference(answers[0], these):
            raise BenchFault(f"{contender.name} answers something else than {chosen[0].name}: {found}")
    say(f"  {len(tokens)} answers of each are equal: {', '.join(each.name for each in chosen)}")


def _answers(site: Site, contender: Contender, tokens: Sequence[str], cores: str | None) -> list[Any]:
    port = free_port()
    command, environment = contender.command(site, port)
    output = site.folder / f"{contender.name}.log"
    with started(command, environment, port=port, cores=cores, output=output) as server:
        for body in contender.teaching:
            server.post(body, tokens[0])
        return [contender.alike(server.post(contender.body, token)["data"]) for token in tokens]


def loads_raw(loads: Mapping[str, Sequence[Load]]) -> dict[str, Any]:
    """Loads as JSON."""
    return {name: [asdict(each) for each in these] for name, these in loads.items()}


def middle(loads: Sequence[Load], figure: str) -> float:
    """The median of a figure."""
    return float(median(getattr(each, figure) for each in loads))


def home(plan: Plan) -> Section:
    """The home screen, the gateway against everybody; answers are compared first."""
    chosen = plan.taking_part()
    subjects = [one.mi_account_id for one in plan.members[:COMPARED]]
    require_equal(plan.site, subjects, chosen, cores=SERVER_CORES)
    trials = {each.name: Trial(each.name, each, plan.asked) for each in chosen}
    loads = plan.interleaved(list(trials), lambda name: trials[name].measure(plan.site, plan.seconds))
    first = loads[chosen[0].name]
    lines, ratios = [], {}
    for each in chosen:
        these = loads[each.name]
        ratios[each.name] = ratio([one.rate for one in first], [one.rate for one in these])
        cpu = ratios[f"{each.name}{BY_CPU}"] = of_cpu(first, these)
        figures = ("rate", "cpu_us", "database_us", "p99_ms")
        rate, cpu_us, database_us, p99_ms = (f"{middle(these, figure):.0f}" for figure in figures)
        lines.append([each.title, rate, str(ratios[each.name]), cpu_us, str(cpu), database_us, p99_ms])
    for one, other in (("uncached", "mercurius"), ("plain", "gateway")):
        if one in loads and other in loads:
            ratios[f"{one}/{other}"] = of_rates(loads[one], loads[other])
            ratios[f"{one}/{other}{BY_CPU}"] = of_cpu(loads[one], loads[other])
    head = ["home, 16 connections", "requests/s", "gateway / this", "CPU us", "gateway / this by CPU"]
    return Section("Home", [*head, "PostgreSQL CPU us", "p99 ms"], lines, loads_raw(loads), ratios)


def of_rates(these: Sequence[Load], those: Sequence[Load]) -> Ratio:
    """The ratio of what was answered in a second."""
    return ratio([one.rate for one in these], [one.rate for one in those])


def of_cpu(these: Sequence[Load], those: Sequence[Load]) -> Ratio:
    """The ratio of what was answered for a second of the server's CPU: other programs disturb it less."""
    return inverse([one.cpu_us for one in these], [one.cpu_us for one in those])


def mixed(plan: Plan) -> Section:
    """19 times home and one redemption, by different members."""
    own = plan.contender("gateway")
    trials = {
        "home alone": Trial("home alone", own, plan.asked),
        "95 % home, 5 % redeem": Trial("mixed", own, plan.asked, percent=5),
    }
    return _compared("Mixed load", plan, trials, "home alone", "mixed/home")


def latency(plan: Plan) -> Section:
    """How even the answers are at 32 connections."""
    chosen = [each for each in plan.taking_part() if each.name in ("gateway", "mercurius")]
    trials = {each.title: Trial(each.name, each, plan.asked, connections=32) for each in chosen}
    loads = plan.interleaved(list(trials), lambda name: trials[name].measure(plan.site, plan.seconds))
    lines, ratios = [], {}
    for contender, (name, these) in zip(chosen, loads.items(), strict=True):
        spread = ratio([one.p99_ms for one in these], [one.p50_ms for one in these])
        ratios[f"p99/p50 {contender.name}"] = spread
        lines.append([name, f"{middle(these, 'p50_ms'):.1f}", f"{middle(these, 'p99_ms'):.1f}", str(spread)])
    head = ["home, 32 connections", "p50 ms", "p99 ms", "p99 / p50"]
    return Section("Latency", head, lines, loads_raw(loads), ratios)


def workers(plan: Plan) -> Section:
    """What a second web process costs: both on the server's core."""
    own = plan.contender("gateway")
    taught = own.teaching * TIMES_TAUGHT  # whichever process takes a connection: in the end both know the document
    trials = {
        f"{count} web process{'es' if count > 1 else ''}": Trial(
            f"workers-{count}",
            Contender(f"workers-{count}", own.title, gateway(workers=count), own.body, taught),
            plan.asked,
        )
        for count in (1, 2)
    }
    loads = plan.interleaved(list(trials), lambda name: trials[name].measure(plan.site, plan.seconds))
    one, two = loads.values()
    cost = ratio([each.cpu_us for each in two], [each.cpu_us for each in one])
    lines = [[name, f"{middle(these, 'cpu_us'):.0f}"] for name, these in loads.items()]
    lines.append(["two / one", str(cost)])
    return Section("CPU", ["home", "CPU us a request"], lines, loads_raw(loads), {"two/one": cost})


def length(plan: Plan) -> Section:
    """A member with half a million activities beside one with as many as all."""
    ordinary, long = plan.members[0], plan.members[-1]
    say(f"  giving one member {LONG_ACTIVITIES} activities")
    asyncio.run(data.lengthen(plan.site.database_url, long, LONG_ACTIVITIES))
    own = Contender("gateway", "", gateway(), persisted(HOME), plan.contender("gateway").teaching)
    trials = {
        name: Trial(name, own, write_asked(plan.site.folder / name, plan.site, [member], dict(plan.offers)))
        for name, member in (("ordinary", ordinary), ("long", long))
    }
    loads = plan.interleaved(list(trials), lambda name: trials[name].measure(plan.site, plan.seconds))
    slower = ratio([one.p50_ms for one in loads["long"]], [one.p50_ms for one in loads["ordinary"]])
    lines = [[name, f"{middle(these, 'rate'):.0f}", f"{middle(these, 'p50_ms'):.2f}"] for name, these in loads.items()]
    lines.append(["long / ordinary, p50", "", str(slower)])
    head = [f"home of one member; long: {LONG_ACTIVITIES} activities more", "requests/s", "p50 ms"]
    return Section("Length of history", head, lines, loads_raw(loads), {"long/ordinary": slower})


def _compared(title: str, plan: Plan, trials: Mapping[str, Trial], base: str, told: str) -> Section:
    loads = plan.interleaved(list(trials), lambda name: trials[name].measure(plan.site, plan.seconds))
    lines, ratios = [], {}
    for name, these in loads.items():
        against = of_rates(these, loads[base])
        if name != base:
            ratios[told] = against
        lines.append([name, f"{middle(these, 'rate'):.0f}", f"{middle(these, 'p99_ms'):.1f}", str(against)])
    head = ["16 connections", "requests/s", "p99 ms", f"this / {base}"]
    return Section(title, head, lines, loads_raw(loads), ratios)
