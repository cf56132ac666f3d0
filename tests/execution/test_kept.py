"""Is what a plan makes of a kept object made once, and never where it may differ?"""

from collections import Counter
from collections.abc import Callable, Hashable
from typing import Any

import pytest
import strawberry
from graphql import parse

from app.execution.executor import Executor
from app.execution.kept import FIXED_IF, MOST_ANSWERS, Keepable, keep
from app.execution.rules import Rules

UNKNOWN = 1_000_000
ALL = "{ shelf { things { name title } first: things { name } } }"


def left(self: "Thing", info: strawberry.Info[Any]) -> int | None:
    """How many are left for who asks."""
    info.context["asked"]["left"] += 1
    return None if self.is_unlimited else info.context["left"]


@strawberry.type
class Price:
    amount: int


@strawberry.type
class Thing(Keepable):
    name: str
    price: Price
    asked: strawberry.Private[Counter[str]]
    is_unlimited: strawberry.Private[bool] = True
    left: int | None = strawberry.field(resolver=left, metadata={FIXED_IF: "is_unlimited"})

    @strawberry.field
    def title(self) -> str:
        self.asked["title"] += 1
        if self.name == "broken":
            raise ValueError("no title")
        return self.name.title()

    @strawberry.field
    def times(self, by: int = 2) -> str:
        return self.name * by

    @strawberry.field
    async def later(self) -> str:
        self.asked["later"] += 1
        return self.name

    @strawberry.field
    def mine(self, info: strawberry.Info[Any]) -> str:
        return f"{self.name} of {info.context['who']}"


@strawberry.type
class Shelf(Keepable):
    things: list[Thing]


@strawberry.type
class Query:
    @strawberry.field
    def shelf(self, info: strawberry.Info[Any]) -> Shelf:
        return info.context["shelf"]  # type: ignore[no-any-return]

    @strawberry.field
    def thing(self, info: strawberry.Info[Any]) -> Thing:
        return info.context["shelf"].things[0]  # type: ignore[no-any-return]


class Asker:
    """Asks again and again about one shelf."""

    def __init__(self, *things: Thing, varies: Callable[[Any], Hashable | None] | None = None) -> None:
        self.asked: Counter[str] = Counter()
        self.shelf = keep(Shelf(things=[keep(one) for one in things]), varies)
        self.executor = Executor(strawberry.Schema(Query), runs_before=0)
        self.documents: dict[str, Any] = {}

    async def ask(self, document: str, *, who: str = "ana", left: int = 1, **variables: Any) -> Any:
        """The answer's data, and its errors as texts."""
        known = self.documents.setdefault(document, parse(document))
        context = {"shelf": self.shelf, "who": who, "left": left, "asked": self.asked}
        result = await self.executor.execute(known, variables=variables, context=context)
        return result.data if not result.errors else (result.data, [error.message for error in result.errors])


def thing(name: str = "cup", *, unlimited: bool = True) -> Thing:
    return Thing(name=name, price=Price(amount=3), asked=Counter(), is_unlimited=unlimited)


async def test_what_is_fixed_is_made_once() -> None:
    one = thing()
    asker = Asker(one)

    answers = [await asker.ask("{ shelf { things { n: name title price { amount } __typename } } }") for _ in range(3)]

    cup = {"n": "cup", "title": "Cup", "price": {"amount": 3}, "__typename": "Thing"}
    assert answers == [{"shelf": {"things": [cup]}}] * 3
    assert one.asked["title"] == 1


async def test_what_is_not_kept_is_made_each_time() -> None:
    one = thing()
    asker = Asker(one)
    one.kept_answers = asker.shelf.kept_answers = None

    for _ in range(3):
        await asker.ask(ALL)

    assert one.asked["title"] == 3


async def test_what_depends_on_who_asks_is_made_each_time() -> None:
    asker = Asker(thing())

    told = [(await asker.ask("{ thing { mine name } }", who=who))["thing"]["mine"] for who in ("ana", "ben", "ana")]

    assert told == ["cup of ana", "cup of ben", "cup of ana"]


async def test_an_argument_that_a_request_chooses_counts() -> None:
    asker = Asker(thing("a"))
    document = "query ($by: Int) { thing { times(by: $by) } }"

    assert [(await asker.ask(document, by=by))["thing"]["times"] for by in (1, 3, 1)] == ["a", "aaa", "a"]
    assert [(await asker.ask("{ thing { times(by: 2) } }"))["thing"]["times"] for _ in range(2)] == ["aa", "aa"]


async def test_what_is_waited_for_is_made_each_time() -> None:
    one = thing()
    asker = Asker(one)

    for _ in range(3):
        assert await asker.ask("{ thing { later } }") == {"thing": {"later": "cup"}}

    assert one.asked["later"] == 3


async def test_a_condition_decides_whether_a_field_is_fixed() -> None:
    document = "{ thing { left } }"
    limited, unlimited = Asker(thing(unlimited=False)), Asker(thing())

    assert [(await limited.ask(document, left=left))["thing"]["left"] for left in (3, 2, 1)] == [3, 2, 1]
    assert [(await unlimited.ask(document))["thing"]["left"] for _ in range(3)] == [None] * 3
    assert unlimited.asked["left"] == 1


async def test_a_condition_below_counts_for_what_is_above() -> None:
    asker = Asker(thing(), thing("mug", unlimited=False))

    told = [await asker.ask("{ shelf { things { left } } }", left=left) for left in (2, 1)]

    assert [[one["left"] for one in each["shelf"]["things"]] for each in told] == [[None, 2], [None, 1]]


def state(context: Any) -> Hashable | None:
    """What varies of a shelf: how many are left, where that is known."""
    left: int | None = context["left"] if context["left"] < UNKNOWN else None
    return left


async def test_what_varies_is_made_once_for_each_state() -> None:
    mug = thing("mug", unlimited=False)
    asker = Asker(thing(), mug, varies=state)

    told = [await asker.ask("{ shelf { things { left title } } }", left=left) for left in (2, 1, 2, 1, 2)]

    assert [[one["left"] for one in each["shelf"]["things"]] for each in told] == [
        [None, left] for left in (2, 1, 2, 1, 2)
    ]
    assert mug.asked["title"] == 2


async def test_while_a_state_is_unknown_nothing_is_remembered() -> None:
    mug = thing("mug", unlimited=False)
    asker = Asker(mug, varies=state)

    told = [await asker.ask("{ shelf { things { left } } }", left=left) for left in (UNKNOWN, UNKNOWN + 1)]

    assert [each["shelf"]["things"] for each in told] == [[{"left": UNKNOWN}], [{"left": UNKNOWN + 1}]]


async def test_what_varies_does_not_count_where_it_is_not_asked_for() -> None:
    mug = thing("mug", unlimited=False)
    asker = Asker(mug, varies=state)

    for left in (1, 2, UNKNOWN):
        await asker.ask("{ shelf { things { title } } }", left=left)

    assert mug.asked["title"] == 1


async def test_of_what_varies_so_many_states_are_kept_and_no_more() -> None:
    asker = Asker(thing("mug", unlimited=False), varies=state)

    for left in range(MOST_ANSWERS + 5):
        assert await asker.ask("{ shelf { things { left } } }", left=left) == {"shelf": {"things": [{"left": left}]}}

    assert asker.shelf.kept_answers is not None
    assert len(asker.shelf.kept_answers) == MOST_ANSWERS


async def test_what_failed_fails_again() -> None:
    asker = Asker(thing("broken"), thing())

    first, second = [await asker.ask("{ thing { title } }") for _ in range(2)]

    assert first == second == (None, ["no title"])


async def test_selections_of_one_object_are_not_mixed() -> None:
    asker = Asker(thing())
    documents = ["{ thing { a: name } }", "{ thing { b: name title } }", "{ thing { name } other: thing { title } }"]

    twice = [[await asker.ask(document) for document in documents] for _ in range(2)]

    assert twice[0] == twice[1]
    assert twice[0][2] == {"thing": {"name": "cup"}, "other": {"title": "Cup"}}


async def test_an_object_keeps_so_many_answers_and_no_more() -> None:
    one = thing()
    asker = Asker(one)

    for number in range(MOST_ANSWERS + 5):
        assert await asker.ask(f"{{ thing {{ n{number}: name }} }}") == {"thing": {f"n{number}": "cup"}}

    assert one.kept_answers is not None
    assert len(one.kept_answers) == MOST_ANSWERS


@pytest.mark.parametrize(
    ("fault", "caught_by"),
    [
        (lambda rules, field: True, test_what_depends_on_who_asks_is_made_each_time),
        (lambda rules, field: rules.resolver(field) is not None, test_an_argument_that_a_request_chooses_counts),
        (lambda rules, field: False, test_what_is_fixed_is_made_once),
    ],
    ids=["all is fixed", "arguments do not count", "nothing is fixed"],
)
async def test_a_wrong_rule_is_caught(monkeypatch: pytest.MonkeyPatch, fault: Any, caught_by: Any) -> None:
    monkeypatch.setattr(Rules, "_is_fixed", fault)

    with pytest.raises((AssertionError, TypeError)):
        await caught_by()
