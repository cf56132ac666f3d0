"""Do the verdicts of a soak find the leaks, and nothing else?"""

import random
from collections.abc import Callable

import pytest

from tests.soak.verdicts import Course, Judged, judge

LONG_S = 600
Shape = Callable[[float], float]


def course(shape: Shape, kind: str = "RSS", *, noise: float = 0.0, seconds: int = LONG_S, seed: int = 1) -> Course:
    """A figure each second, with noise as of a normal distribution."""
    chance, made = random.Random(seed), Course(kind, "gateway")
    for at in range(seconds):
        made.note(at, shape(at / seconds) + chance.gauss(0, noise))
    return made


def sawtooth(at: float) -> float:
    """Rises by 30 ten times and falls back each time."""
    return 150 + 30 * (10 * at % 1)


def saturating(at: float) -> float:
    """A memory that fills up in a tenth of the time."""
    return 150 + 40 * min(1.0, 10 * at)


LEAKS: dict[str, tuple[Shape, str, float]] = {
    "memory by a megabyte a minute": (lambda at: 150 + 10 * at, "RSS", 0.0),
    "the same in noise": (lambda at: 150 + 12 * at, "RSS", 2.0),
    "the same below the sawtooth of garbage": (lambda at: sawtooth(at) + 15 * at, "RSS", 1.0),
    "one that starts when three quarters are over": (lambda at: 150 + max(0.0, at - 0.75) * 160, "RSS", 1.0),
    "a staircase": (lambda at: 150 + 4 * int(5 * at), "RSS", 1.0),
    "after a memory has filled up": (lambda at: saturating(at) + 15 * at, "RSS", 1.0),
    "a file a minute": (lambda at: 40 + int(10 * at), "handles", 0.0),
    "a file a minute beside what comes and goes": (lambda at: 40 + int(10 * at), "handles", 1.0),
    "a connection of the pool now and then": (lambda at: int(8 * at), "busy connections", 0.5),
    "a queue that is too slow": (lambda at: 400 * at, "messages waiting", 30.0),
}
NO_LEAKS: dict[str, tuple[Shape, str, float]] = {
    "what stands still": (lambda at: 150, "RSS", 0.0),
    "noise": (lambda at: 150, "RSS", 3.0),
    "a step": (lambda at: 150 + 25 * (at > 0.5), "RSS", 0.5),
    "a late step": (lambda at: 150 + 25 * (at > 0.75), "RSS", 0.5),
    "the sawtooth of garbage": (sawtooth, "RSS", 1.0),
    "one tooth and a half": (lambda at: 150 + 20 * (1.5 * at % 1), "threads of no limit", 0.0),
    "the warm-up alone": (saturating, "RSS", 1.0),
    "what is given back": (lambda at: 180 - 30 * at, "RSS", 1.0),
    "a peak": (lambda at: 40 + 60 * (0.4 < at < 0.6), "handles", 0.0),
    "one that is opened late and stays": (lambda at: 40 + (at > 0.6), "handles", 0.0),
    "what is in flight": (lambda at: 20, "busy connections", 3.0),
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_is_found(name: str) -> None:
    shape, kind, noise = LEAKS[name]

    found = [judge(course(shape, kind, noise=noise, seed=seed)) for seed in range(5)]

    assert {verdict.judged for verdict in found} == {Judged.GROWS}
    assert not any(verdict.is_sound for verdict in found)


@pytest.mark.parametrize("name", NO_LEAKS)
def test_what_does_not_go_on_is_no_leak(name: str) -> None:
    shape, kind, noise = NO_LEAKS[name]

    found = [judge(course(shape, kind, noise=noise, seed=seed)) for seed in range(5)]

    assert all(verdict.is_sound for verdict in found)


def test_the_slope_is_told_by_the_hour() -> None:
    verdict = judge(course(lambda at: 100 + 60 * at))

    assert verdict.per_hour == pytest.approx(360, rel=0.01)
    assert verdict.first == pytest.approx(110, abs=1)
    assert verdict.last == pytest.approx(150, abs=1)


def test_what_was_before_the_warm_up_was_over_is_left_out() -> None:
    rising = course(lambda at: 150 + 400 * min(at, 0.2))

    assert judge(rising.since(0.2 * LONG_S)).judged is Judged.FLAT
    assert rising.since(0.2 * LONG_S).times[0] == 0.2 * LONG_S


@pytest.mark.parametrize("at_the_end_ms", [80, 120, 200])
def test_a_p99_that_creeps_is_found(at_the_end_ms: float) -> None:
    creeping = course(lambda at: 30 + (at_the_end_ms - 30) * at, "p99", noise=1.0, seconds=40)

    assert judge(creeping).judged is Judged.CREEPS


def test_a_p99_with_peaks_does_not_creep() -> None:
    peaks = course(lambda at: 300 if 0.6 < at < 0.7 else 30, "p99", noise=4.0, seconds=40)

    assert judge(peaks).judged is Judged.FLAT


def test_a_short_leak_that_is_fast_is_found() -> None:
    assert judge(course(lambda at: 40 + 400 * at, "handles", noise=2.0, seconds=7)).judged is Judged.GROWS


def test_of_a_few_figures_nothing_is_said() -> None:
    assert judge(course(lambda at: 40 + 400 * at, "handles", seconds=3)).judged is Judged.SHORT
    assert judge(Course("handles", "gateway")).judged is Judged.SHORT
    assert judge(course(lambda at: 40 + 400 * at, "private memory", seconds=60)).judged is Judged.SHORT
    assert judge(course(lambda at: 40 + 400 * at, "private memory")).judged is Judged.GROWS


def test_what_has_no_limit_is_told_only() -> None:
    assert judge(course(lambda at: 1_000 * at, "rows")).judged is Judged.TOLD
