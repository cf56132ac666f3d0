"""Do the worked examples of a document come out, and is one that does not named?"""

import pytest

from app.rules.revision import parse_document, run_examples
from tests.rules.makers import seed, seed_with


def test_the_seeds_worked_examples_come_out() -> None:
    assert run_examples(seed()) == []


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("points = 50, posting_date", "points = 51, posting_date", "points is 50, the example expects 51"),
        ("posting_date = 2026-03-30", "posting_date = 2026-03-31", "posting_date is 2026-03-30"),
        ("units = 29", "units = 30", "explanation is"),
        ('reason = "BELOW_ONE_UNIT"', 'reason = "EXCLUDED"', "reason is BELOW_ONE_UNIT"),
        ("points = 170, day = 0", "points = 170, day = 7", "day is 0"),
        ("last_usable_day = 2029-02-28", "last_usable_day = 2029-03-01", "last_usable_day is 2029-02-28"),
        ("local_date = 2026-04-01", "local_date = 2026-03-31", "local_date is 2026-04-01"),
        ("of_age = false", "of_age = true", "of_age is False"),
        ("points = 5\n", "points = 6\n", "points is 6, the example expects 5"),
    ],
)
def test_an_example_that_comes_out_differently_is_named(old: str, new: str, wrong: str) -> None:
    document = parse_document(seed_with(old, new))

    (found,) = run_examples(document)

    assert wrong in found.message
    assert found.place.startswith("examples[")
