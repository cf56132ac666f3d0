"""What is said of a soak?"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.soak.plots import draw
from tests.soak.soaking import WARM, Soaked
from tests.soak.verdicts import Judged, Verdict

HEAD = ("what", "first third", "last third", "slope / h", "may rise by", "verdict")


def write(soaked: Soaked, folder: Path, checked: str, machine: str) -> Path:
    """`report.md` and its pictures, in a folder that is there; `checked` is what `mipoints check` said."""
    pictures = draw(soaked, folder)
    report = folder / "report.md"
    parts = [
        "# Soak",
        f"{machine} {told(soaked)}",
        "## Verdict",
        "\n".join(f"- {sentence}" for sentence in [*soaked.troubles(), *soaked.leaks(), *soaked.doubts()]) or "Sound.",
        f"`mipoints check`:\n\n```\n{checked.strip()}\n```",
        table(soaked.verdicts),
        "## Requests",
        requests(soaked),
        "## Pictures",
        "\n\n".join(f"![{picture.stem}]({picture.name})" for picture in pictures),
    ]
    report.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    return report


def told(soaked: Soaked) -> str:
    """What was done, in two sentences."""
    plan = soaked.plan
    return (
        f"{len(soaked.records)} requests, {plan.rate:g} a second for {plan.seconds / 60:.1f} minutes, seed {plan.seed};"
        f" the first {WARM:.0%} of the time is warm-up and not judged. Slopes are Theil-Sen's of the floors of spans."
    )


def table(verdicts: Sequence[Verdict]) -> str:
    """A line for each course: those that grow first, those that are only told last."""
    order = {Judged.GROWS: 0, Judged.CREEPS: 0, Judged.FLAT: 1, Judged.SHORT: 2, Judged.TOLD: 3}
    lines = [HEAD, ("---",) * len(HEAD)]
    for each in sorted(verdicts, key=lambda verdict: order[verdict.judged]):
        unit = f", {each.unit}" if each.unit else ""
        limit = "" if each.limit is None else f"{each.limit:,.1f}"
        figures = (f"{each.first:,.1f}", f"{each.last:,.1f}", f"{each.per_hour:+,.1f}", limit)
        lines.append((each.name + unit, *figures, each.judged.value))
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def requests(soaked: Soaked) -> str:
    """A line for each kind: how many, how long, and what became of them."""
    by_kind = defaultdict(list)
    for record in soaked.records:
        by_kind[record.kind].append(record)
    lines = ["| kind | requests | p50, ms | p99, ms | what became of them |", "| --- | --- | --- | --- | --- |"]
    for kind, records in sorted(by_kind.items(), key=lambda found: -len(found[1])):
        taken = [1_000 * record.taken for record in records]
        p50, p99 = np.percentile(taken, 50), np.percentile(taken, 99)
        outcomes = Counter(record.outcome[:80] for record in records)
        became = ", ".join(f"{number} {outcome}" for outcome, number in outcomes.most_common(6))
        lines.append(f"| {kind.replace('_', ' ')} | {len(records)} | {p50:.1f} | {p99:.1f} | {became} |")
    return "\n".join(lines)
