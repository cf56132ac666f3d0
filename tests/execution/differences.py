"""Do graphql-core and a plan answer the same document alike?"""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from itertools import groupby
from typing import Any

from graphql import (
    DefinitionNode,
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    OperationDefinitionNode,
    OperationType,
    parse,
)
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from app.execution.executor import Executor
from tests.execution.world import World
from tests.execution.zoo import schema, thing

FORBIDDEN = "forbidden"


def guard(_context: Any, _parent: GraphQLObjectType, name: str) -> Exception | None:
    """Nobody may ask for the field `forbidden`."""
    return PermissionError("not for you") if name == FORBIDDEN else None


class Guarding(StrawberryGraphQLCoreExecutionContext):
    """The same guard, as graphql-core takes it."""

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, field_details_list: Any, path: Any, position_context: Any
    ) -> Any:
        refusal = guard(None, parent_type, field_details_list[0].node.name.value)
        if refusal is None:
            return super().execute_field(parent_type, source, field_details_list, path, position_context)
        field = parent_type.fields[FORBIDDEN]
        return self.handle_field_error(refusal, field.type, field_details_list, path)


schema.execution_context_class = Guarding


def compiled() -> Executor:
    """An executor that runs plans from the first time on."""
    return Executor(schema, guard=guard, runs_before=0)


async def differences(
    document: str | DocumentNode,
    variables: Mapping[str, Any] | None = None,
    *,
    wild: int = 0,
    name: str | None = None,
    executor: Executor | None = None,
) -> list[str]:
    """What differs between the two ways to run a document, in words; nothing where they agree."""
    parsed = parse(document, no_location=False) if isinstance(document, str) else document
    asked: dict[str, Any] = {"operation_name": name, "variables": dict(variables or {})}
    theirs, ours = World(thing, wild), World(thing, wild)
    plan = await (executor or compiled()).execute(parsed, context=ours, **asked)
    try:
        core = await Executor(schema, runs_before=10**9).execute(parsed, context=theirs, **asked)
    except asyncio.CancelledError:
        # Graphql-core cancels the siblings of what failed; with them falls a loader's future that others wait for too,
        # and with it the whole request. A plan lets it come to its end.
        return []
    found = []
    if json.dumps(core.data, default=repr) != json.dumps(plan.data, default=repr):
        found.append(f"data: {core.data} / {plan.data}")
    if len(set(ours.calls)) != len(ours.calls):
        found.append(f"called twice: {ours.calls}")
    # Graphql-core lets what nobody needs any more go on below the next root field; a plan never does.
    if any(map(_is_mutation, parsed.definitions)) and list(dict.fromkeys(_roots(theirs))) != _roots(ours):
        found.append(f"order of root fields: {_roots(theirs)} / {_roots(ours)}")
    if theirs.waited or ours.waited:
        return found + _differences_in_time(core, plan, theirs, ours)
    if _told(core.errors) != _told(plan.errors):
        found.append(f"errors: {_told(core.errors)} / {_told(plan.errors)}")
    if theirs.calls != ours.calls:
        found.append(f"calls: {theirs.calls} / {ours.calls}")
    return found


def _differences_in_time(core: ExecutionResult, plan: ExecutionResult, theirs: World, ours: World) -> list[str]:
    """Where resolvers wait, siblings come to their ends in an order that is nobody's promise.

    Each null must have the same error, in whatever order. Of several errors that all made the same null above them,
    only one must be there: which ones come first decides about the others.
    """
    found = []
    core_nulls, plan_nulls = _by_null(core), _by_null(plan)
    if core_nulls.keys() != plan_nulls.keys():
        found.append(f"nulls: {core_nulls} / {plan_nulls}")
    bubbled = False
    for null, errors in core_nulls.items():
        if any(path != null for path, _ in errors):
            bubbled = True
        elif errors != plan_nulls.get(null):
            found.append(f"errors at {null}: {errors} / {plan_nulls.get(null)}")
    if bubbled:
        return found
    if Counter(theirs.calls) != Counter(ours.calls):
        found.append(f"calls: {Counter(theirs.calls)} / {Counter(ours.calls)}")
    if Counter(sum(theirs.batches, ())) != Counter(sum(ours.batches, ())) or len(ours.batches) > len(theirs.batches):
        found.append(f"batches: {theirs.batches} / {ours.batches}")
    return found


def _is_mutation(node: DefinitionNode) -> bool:
    return isinstance(node, OperationDefinitionNode) and node.operation is OperationType.MUTATION


def _roots(world: World) -> list[Any]:
    """The root fields in the order in which anything below them was called."""
    return [key for key, _ in groupby(call[0] for call in world.calls)]


def _by_null(result: ExecutionResult) -> dict[tuple[Any, ...], list[tuple[tuple[Any, ...], str]]]:
    """The errors by the place of the null that they made."""
    found: dict[tuple[Any, ...], list[tuple[tuple[Any, ...], str]]] = {}
    for error in result.errors or ():
        path = tuple(error.path or ())
        at: Any = result.data
        null: tuple[Any, ...] = ()
        for key in path:
            if at is None:
                break
            null, at = (*null, key), at[key]
        found.setdefault(null, []).append((path, repr(_described(error))))
    return {null: sorted(errors) for null, errors in found.items()}


def _told(errors: list[GraphQLError] | None) -> list[Any] | None:
    return None if errors is None else [_described(error) for error in errors]


def _described(error: GraphQLError) -> Any:
    """An error as far as anybody can see it; the addresses of objects differ from run to run."""
    return without_addresses(error.message), error.path, error.locations, error.extensions, type(error.original_error)


def without_addresses(text: str) -> str:
    return " ".join(word for word in text.split() if "0x" not in word)
