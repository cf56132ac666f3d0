"""Does a plan answer documents over this house's own schema and demo data as graphql-core does?"""

import json
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_required_argument,
    parse,
)

from app.api.context import Context, Gateway
from app.api.roles import declared_roles, guard
from app.api.schema import build_schema
from app.database import Db
from app.demo.demo import ensure_demo
from app.execution.executor import Executor
from tests.api.asking import Principal
from tests.demo.makers import CODES, with_programme
from tests.journeys.test_home import HOME

NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
SCHEMA = build_schema("development")
MOVING = {"liability", "asOf"}  # they tell the very instant at which they are asked
ROLES = ({"member"}, {"staff"}, {"service"}, None)


def stories() -> dict[str, str]:
    """The stories of the IDE."""
    folder = files("app.gateway").joinpath("ide", "stories")
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.name.endswith(".graphql")}


def everything(type_: Any, depth: int) -> str:
    """A selection of all fields of a type that can be asked for as they stand, some levels deep."""
    if is_abstract_type(type_):
        branches = [f"... on {one.name} {{ {everything(one, 0)} }}" for one in SCHEMA._schema.get_possible_types(type_)]
        return " ".join(["__typename", *branches])
    parts = ["__typename"]
    for name, field in type_.fields.items():
        below = get_named_type(field.type)
        if any(map(is_required_argument, field.args.values())) or name in MOVING:
            continue
        if is_leaf_type(below):
            parts.append(f"{type_.name}_{name}: {name}")
        elif depth > 0:
            parts.append(f"{type_.name}_{name}: {name} {{ {everything(below, depth - 1)} }}")
    return " ".join(parts)


def reads(document: DocumentNode) -> bool:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return all(node.operation is OperationType.QUERY for node in operations)


DOCUMENTS = {"home": HOME, **stories()}
for depth in (1, 3, 4):
    DOCUMENTS[f"everything {depth} levels deep"] = f"{{ {everything(SCHEMA._schema.query_type, depth)} }}"
READS = {name: parse(text) for name, text in DOCUMENTS.items() if reads(parse(text))}


@pytest.fixture
async def ana(db: Db) -> str:
    """The demo member that has something of everything."""
    await with_programme(NOON)
    return await ensure_demo(CODES)


async def test_documents_of_this_house_are_answered_alike(ana: str) -> None:
    core = Executor(SCHEMA, guard=guard, runs_before=10**9)
    plan = Executor(SCHEMA, guard=guard, runs_before=0)

    for name, document in READS.items():
        for roles in ROLES:
            principal = Principal(ana, frozenset(roles)) if roles is not None else None
            answers = [
                await executor.execute(document, context=Context(Gateway(CODES), principal, "es"))
                for executor in (core, plan)
            ]
            first, second = ([json.dumps(one.data), sorted(map(repr, one.errors or ()))] for one in answers)
            assert first == second, (name, roles)


@pytest.mark.parametrize(("kind", "root"), [("query", "Query"), ("mutation", "Mutation")])
@pytest.mark.parametrize(("roles", "code"), [(None, "UNAUTHENTICATED"), (set(), "FORBIDDEN")])
async def test_a_plan_refuses_each_root_field_to_who_lacks_its_roles(
    kind: str, root: str, roles: set[str] | None, code: str
) -> None:
    """Nothing is resolved: there is no database here."""
    kept = [name for (of, name), allowed in declared_roles(SCHEMA._schema).items() if of == root and allowed]
    fields: Any = SCHEMA._schema.type_map[root]
    principal = Principal("mi-1", frozenset(roles)) if roles is not None else None

    for name in kept:
        below = "" if is_leaf_type(get_named_type(fields.fields[name].type)) else "{ __typename }"
        document = parse(f"{kind} {{ {name} {below} }}")
        executor = Executor(SCHEMA, guard=guard, runs_before=0)
        answer = await executor.execute(document, context=Context(Gateway(CODES), principal, "es"))
        [error] = answer.errors or []
        assert getattr(error.original_error, "code", None) == code, name
        assert executor._operation(document, None).plans[()] is not None, name  # type: ignore[union-attr]

    assert len(kept) >= 8


def test_there_is_something_to_answer() -> None:
    assert len(READS) >= 6
