"""Which conditions can a campaign have, where is a wrong one wrong, and when does a sound one hold? (PROGRAMME 9)"""

import logging

import pytest

from app.rules.conditions import GREATEST_LENGTH, VOCABULARY, ConditionFault, fault_of, holds
from app.rules.facts import Input

INPUTS: dict[str, Input] = {
    "order.net_minor": 3149,
    "order.item_count": 3,
    "order.skus": ["MI-14", "MI-BAND"],
    "order.categories": ["phones", "wearables"],
    "activity.kind": "PURCHASE",
    "activity.code": "",
    "activity.sku": "",
    "activity.local_date": "2026-03-02",
    "activity.weekday": 1,
    "activity.hour": 12,
    "member.market": "ES",
    "member.age_years": 35,
    "member.days_enrolled": 0,
    "member.purchases": 0,
}


def test_these_inputs_are_the_whole_vocabulary() -> None:
    assert INPUTS.keys() == VOCABULARY.keys()


@pytest.mark.parametrize(
    ("condition", "true"),
    [
        ("true", True),
        ("order.net_minor >= 3149", True),
        ("order.net_minor > 3149", False),
        ("order.item_count == 3 && member.purchases == 0", True),
        ("'MI-14' in order.skus", True),
        ("'MI-15' in order.skus", False),
        ("order.categories.exists(each, each.startsWith('wear'))", True),
        ("order.skus.all(each, each.matches('^MI-[0-9]+$'))", False),
        ("activity.kind == 'PURCHASE' && activity.code == '' && activity.sku == ''", True),
        ("activity.local_date >= '2026-03-01' && activity.local_date < '2026-04-01'", True),
        ("activity.weekday in [6, 7] || activity.hour >= 12", True),
        ("member.market == 'GB' ? member.age_years >= 60 : member.age_years >= 30", True),
        ("member.days_enrolled < 30", True),
        ("order.net_minor + 1 == 3150", True),
        ("size(order.skus) == 2", True),
    ],
)
def test_a_condition_holds_of_what_it_says(condition: str, true: bool) -> None:
    assert fault_of(condition) is None
    assert holds(condition, INPUTS) is true


@pytest.mark.parametrize("name", VOCABULARY)
def test_each_word_has_its_type(name: str) -> None:
    kinds = {str: "''", int: "0", list: "['']"}
    own, others = kinds.pop(type(INPUTS[name])), kinds.values()

    assert fault_of(f"{name} == {own}") is None
    assert all(fault_of(f"{name} == {other}") is not None for other in others)


@pytest.mark.parametrize(
    ("condition", "line", "column", "problem"),
    [
        ("order.net >= 5", 1, 6, "undeclared reference to 'order.net'"),
        ("order.item_count > 0 &&\n  'A' in order.sku", 2, 15, "undeclared reference to 'order.sku'"),
        ("order.net_minor >= 1.5", 1, 17, "found no matching overload"),
        ("order.net_minor >=", 1, 19, "Syntax error"),
        ("'é' == order.sku", 1, 13, "undeclared reference"),
        ("", 1, 1, "Syntax error"),
        ("order.net_minor", 1, 1, "NOT_BOOL"),
        ("dyn(true)", 1, 1, "NOT_BOOL"),
        ("'\x00' == activity.code", 1, 1, "NOT_A_TEXT"),
        ("'\ud800' == ''", 1, 1, "NOT_A_TEXT"),
        ("(" * 200 + "true" + ")" * 200, 1, 1, "TOO_DEEP"),
        ("[" * 100 + "]" * 100 + " == []", 1, 1, "TOO_DEEP"),
        ("order.skus" + ".filter(a, true)" * 60 + " == []", 1, 1, "TOO_DEEP"),
        ("true ||" * 300 + " true", 1, GREATEST_LENGTH + 1, "TOO_LONG"),
    ],
)
def test_a_wrong_condition_says_where(condition: str, line: int, column: int, problem: str) -> None:
    fault = fault_of(condition)

    assert fault is not None
    assert (fault.line, fault.column) == (line, column)
    assert fault.problem.startswith(problem)


@pytest.mark.parametrize(
    "condition", ["'a' + 'b' == 'ab'", "size([1] + [2]) == 2", "b'a' + b'b' == b''", "[1].map(x, x) == [1]"]
)
def test_nothing_in_a_condition_can_grow(condition: str) -> None:
    assert fault_of(condition) is not None


@pytest.mark.parametrize(
    "condition",
    [
        "1 / member.purchases == 1",
        "[1][order.item_count] == 1",
        "int(activity.sku) == 0",
        "[1,2,3,4,5,6,7,8,9,10].all(a, " * 5 + "true" + ")" * 5,
    ],
)
def test_what_cannot_be_evaluated_does_not_hold_and_is_logged(condition: str, caplog: pytest.LogCaptureFixture) -> None:
    many = condition.replace("[1,2,3,4,5,6,7,8,9,10]", str(list(range(20))))

    with caplog.at_level(logging.WARNING):
        assert holds(many, INPUTS) is False

    assert "cannot be evaluated" in caplog.text


def test_a_condition_that_takes_too_long_is_refused() -> None:
    searching = " && ".join(["!(a in order.categories && a == '')"] * 30)

    fault = fault_of(f"order.categories.all(a, order.skus.all(b, {searching}))")

    assert fault == ConditionFault(1, 1, "TOO_COSTLY")
