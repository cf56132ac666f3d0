"""Would a fault in the compiler be noticed? Each is planted, and the comparison with graphql-core has to find it."""

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import pytest
from graphql import parse
from graphql.execution.collect_fields import collect_subfields
from graphql.execution.values import VariableValues
from graphql.pyutils import Path

from app.execution import executor, leaves, plans, records, rules, run, source
from app.execution.executor import Operation
from app.execution.plans import Plan
from app.execution.records import Completer
from app.execution.rules import Rules
from app.execution.run import Run
from app.execution.source import Source
from tests.execution.cases import CASES
from tests.execution.differences import compiled, differences

Plant = pytest.MonkeyPatch


def keys_in_another_order(plant: Plant) -> None:
    right = Source.selection
    plant.setattr(Source, "selection", lambda self, type_, parts, **more: right(self, type_, parts[::-1], **more))


def aliases_dropped(plant: Plant) -> None:
    right = Source.selection

    def selection(self: Source, type_: Any, parts: Any, **more: Any) -> str:
        named = [(completer.field.name if completer else key, completer, name) for key, completer, name in parts]
        return right(self, type_, named, **more)

    plant.setattr(Source, "selection", selection)


def skip_decided_once(plant: Plant) -> None:
    plant.setattr(executor, "_switches", lambda *_: ())
    right: Any = collect_subfields

    def collect(schema: Any, fragments: Any, _variables: Any, *more: Any) -> Any:
        return right(schema, fragments, VariableValues({}, {"yes": True, "no": True}), *more)

    plant.setattr(plans, "collect_subfields", collect)


def first_node_only(plant: Plant) -> None:

    def collect(schema: Any, fragments: Any, given: Any, operation: Any, type_: Any, nodes: Any) -> Any:
        return collect_subfields(schema, fragments, given, operation, type_, nodes[:1])

    plant.setattr(plans, "collect_subfields", collect)


def null_check_left_out(plant: Plant) -> None:
    right = Completer.__init__

    def made(self: Completer, field: Any, type_: Any) -> None:
        right(self, field, type_)
        self.nullable = True

    plant.setattr(Completer, "__init__", made)


def serializers_skipped(plant: Plant) -> None:
    plant.setattr(source, "leaf_lines", lambda *_, **__: ["pass"])


def argument_defaults_lost(plant: Plant) -> None:
    plant.setattr(rules, "get_argument_values", lambda *_: {})


def variables_kept_for_the_next_request(plant: Plant) -> None:
    kept: dict[Any, Any] = {}
    right = Run.arguments
    plant.setattr(Run, "arguments", lambda self, field, info: kept.setdefault(field, right(self, field, info)))


def arguments_shared(plant: Plant) -> None:
    right = Rules.arguments
    plant.setattr(Rules, "arguments", lambda *given: (right(*given)[0], True))


def guard_skipped(plant: Plant) -> None:
    plant.setattr(Source, "_guard", lambda *_: [])


def batches_split(plant: Plant) -> None:
    right, ticks = Run.step, iter(range(0, 10**6, 5))

    def step(self: Run, completer: Completer, coroutine: Any, place: Any, **more: Any) -> Any:
        async def later() -> Any:
            for _ in range(next(ticks)):
                await asyncio.sleep(0)
            return await coroutine

        return right(self, completer, later(), place, **more)

    plant.setattr(Run, "step", step)


def paths_without_indices(plant: Plant) -> None:
    right = records.path_of

    def path_of(place: Any) -> Path | None:
        return right(place[0] if place and place[2] is None else place)

    plant.setattr(run, "path_of", path_of)


def type_conditions_ignored(plant: Plant) -> None:
    right = Plan.branch

    def branch(self: Plan, completer: Completer, branches: Any, name: Any) -> Any:
        return next(iter(branches.values()), None) or right(self, completer, branches, name)

    plant.setattr(Plan, "branch", branch)


def large_ints_answered(plant: Plant) -> None:
    plant.setattr(leaves, "_USUAL", {type_: test.split(" and ")[0] for type_, test in leaves._USUAL.items()})


def items_fail_their_list(plant: Plant) -> None:
    def failed_item(*_: Any) -> None:
        error = sys.exception()
        assert error is not None
        raise error

    plant.setattr(Run, "failed_item", failed_item)


def errors_forgotten(plant: Plant) -> None:
    plant.setattr(Run, "failed", lambda *_: None)


def resolvers_called_twice(plant: Plant) -> None:
    right = Source._resolved

    def resolved(self: Source, completer: Completer, v: str, *more: str) -> list[str]:
        lines = right(self, completer, v, *more)
        calls = [line for line in lines if line.startswith(f"{v} = r")]
        return [*calls, *lines]

    plant.setattr(Source, "_resolved", resolved)


def mutations_side_by_side(plant: Plant) -> None:
    right = Run.execute

    async def execute(self: Run) -> Any:
        parts = self.plan.parts
        if len(parts) < 2:
            return await right(self)
        begun = [part(self.root, None, self) for part in parts]
        self.plan.parts = [lambda *_: {key: value for one in begun for key, value in one.items()}]
        try:
            return await right(self)
        finally:
            self.plan.parts = parts

    plant.setattr(Run, "execute", execute)


def nulls_stay_where_they_fell(plant: Plant) -> None:
    plant.setattr(run, "type_at", lambda _place: None)


def homes_mixed_up(plant: Plant) -> None:
    right = Run.tie
    plant.setattr(Run, "tie", lambda self, home: right(self, self._answer if isinstance(home, dict) else home))


def awaitables_taken_for_values(plant: Plant) -> None:
    plant.setattr(Run, "odd", Run.complete)


def variants_mixed_up(plant: Plant) -> None:
    class Anything(dict[Any, Any]):
        def __contains__(self, key: object) -> bool:
            return bool(self)

        def __getitem__(self, key: Any) -> Any:
            return next(iter(self.values()))

    right = Operation.__init__

    def made(self: Operation, node: Any, fragments: Any) -> None:
        right(self, node, fragments)
        self.plans = Anything()

    plant.setattr(Operation, "__init__", made)


FAULTS: tuple[Callable[[Plant], None], ...] = (
    keys_in_another_order,
    aliases_dropped,
    skip_decided_once,
    first_node_only,
    null_check_left_out,
    serializers_skipped,
    argument_defaults_lost,
    variables_kept_for_the_next_request,
    arguments_shared,
    guard_skipped,
    batches_split,
    paths_without_indices,
    type_conditions_ignored,
    large_ints_answered,
    items_fail_their_list,
    errors_forgotten,
    resolvers_called_twice,
    mutations_side_by_side,
    nulls_stay_where_they_fell,
    homes_mixed_up,
    awaitables_taken_for_values,
    variants_mixed_up,
)


@pytest.mark.filterwarnings("ignore:.*was never awaited", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_a_fault_in_the_compiler_is_noticed(fault: Callable[[Plant], None], monkeypatch: Plant) -> None:
    fault(monkeypatch)

    assert await noticed()


async def noticed() -> bool:
    """Does any case show a difference? Each is run by one executor, as in a server."""
    planted = compiled()
    documents: dict[str, Any] = {}
    for document, variables, wild, name in CASES.values():
        parsed = documents.setdefault(document, parse(document))
        async with asyncio.timeout(20):
            if await differences(parsed, variables, wild=wild, name=name, executor=planted):
                return True
    return False
