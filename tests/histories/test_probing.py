"""Is the time without an answer measured as it was?"""

import math
from pathlib import Path

from tests.histories.history import Fault
from tests.histories.house import Gateway, House, Span
from tests.histories.probing import Prober, Recovery, longest_gap, meanwhile, never_back, recovered

OUTAGE = Span(10.0, 12.0)


def prober(*answers: float, away: Span | None = None) -> Prober:
    """One whose gateway answered at these instants, each asked a tenth of a second before."""
    gateway = Gateway(0, 1, 8000, Path(), {}, away=[away] if away else [])
    house = House(Path(), [1], pool=1, command=(), url="postgres://nowhere")
    return Prober(house, gateway, "ana", [(at - 0.1, at) for at in answers])


def test_a_gateway_is_back_with_its_first_good_answer_after_the_database() -> None:
    assert recovered(prober(9.0, 11.5, 14.5, 15.0), OUTAGE) == 2.5


def test_a_gateway_that_was_away_itself_says_nothing_of_the_database() -> None:
    assert recovered(prober(9.0, 14.5, away=Span(11.0, 14.0)), OUTAGE) is None
    assert recovered(prober(9.0, 14.5, away=Span(11.0)), OUTAGE) is None
    assert recovered(prober(9.0, 14.5, away=Span(1.0, 9.5)), OUTAGE) == 2.5


def test_a_gateway_that_never_answers_again_is_found() -> None:
    after = recovered(prober(9.0, 11.5), OUTAGE)

    assert after == math.inf
    assert list(never_back([Recovery(OUTAGE, {1: after, 2: 0.5}, 3.0)])) == ["never_back: gateway 1"]
    assert recovered(prober(9.0, 11.5, away=Span(11.0)), OUTAGE) is None


def test_the_gap_reaches_from_the_last_answer_before_to_the_first_one_after() -> None:
    assert longest_gap([1.0, 9.0, 14.5, 30.0], OUTAGE) == 5.5
    assert longest_gap([9.5, 11.5, 12.5], OUTAGE) == 2.0


def test_what_happened_until_the_last_gateway_answered_is_named() -> None:
    before, during, after = (
        Fault(name, "", at, at + 1.0) for name, at in (("before", 8.0), ("during", 13.0), ("after", 16.0))
    )

    assert list(meanwhile(Recovery(OUTAGE, {1: 0.5, 2: 3.0}, 3.0), [before, during, after])) == [during]
