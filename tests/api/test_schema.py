"""Is the public schema what clients were promised, and does it say of everything what it is?"""

import os
import subprocess
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import pytest
import strawberry
from graphql import GraphQLNamedType, GraphQLSchema, parse, print_ast
from graphql.language import DefinitionNode
from strawberry.schema_directive import Location

from app.api.roles import declared_roles, everyone
from app.api.schema import build_schema, sdl
from tests.api.asking import schema

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = Path(__file__).with_name("contract.graphql")
PAGED_ABOVE = {"CampaignPreview.examples": "Query.previewCampaign"}
FORWARD_ONLY = ("Query.previewCampaign", "Programme.exclusions")
NAMED = ("MarketCode.", "CurrencyCode.")


def names_of(text: str) -> dict[str, str]:
    """Every type, field, argument and enum value of a schema's text, with what is said of it besides descriptions."""
    told: dict[str, str] = {}
    for definition in parse(text, no_location=True).definitions:
        name = _name(definition)
        told[name] = definition.kind
        for interface in getattr(definition, "interfaces", None) or ():
            told[f"{name} implements {interface.name.value}"] = ""
        for value in getattr(definition, "values", None) or ():
            told[f"{name}.{value.name.value}"] = ""
        for field in getattr(definition, "fields", None) or ():
            told[f"{name}.{field.name.value}"] = _typed(field)
            for argument in getattr(field, "arguments", None) or ():
                told[f"{name}.{field.name.value}({argument.name.value})"] = _typed(argument)
    return told


def _name(definition: DefinitionNode) -> str:
    name: str = definition.name.value  # type: ignore[attr-defined]
    return name


def _typed(node: object) -> str:
    # What may be left out defaults to null, said or not.
    default = getattr(node, "default_value", None)
    said = f" = {print_ast(default)}" if default else ""
    return print_ast(node.type) + said.removesuffix(" = null")  # type: ignore[attr-defined]


def broken(promised: str, kept: str) -> dict[str, tuple[str, str | None]]:
    """What a schema promises and another does not keep, each with both sides."""
    now = names_of(kept)
    return {name: (told, now.get(name)) for name, told in names_of(promised).items() if now.get(name) != told}


def described(core: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Every type, field, argument, input field, enum value and directive, with its description."""
    for directive in core.directives:
        yield f"@{directive.name}", directive.description
        for name, argument in directive.args.items():
            yield f"@{directive.name}({name})", argument.description
    for name, kind in core.type_map.items():
        if not name.startswith("__"):
            yield name, kind.description
            yield from _parts(name, kind)


def _parts(name: str, kind: GraphQLNamedType) -> Iterator[tuple[str, str | None]]:
    for value_name, value in getattr(kind, "values", {}).items():
        yield f"{name}.{value_name}", value.description
    for field_name, field in getattr(kind, "fields", {}).items():
        yield f"{name}.{field_name}", field.description
        for argument_name, argument in getattr(field, "args", {}).items():
            yield f"{name}.{field_name}({argument_name})", argument.description


def ill_described(core: GraphQLSchema) -> dict[str, str | None]:
    """What has no description of two words at least that ends a sentence; a country or currency has its name."""
    return {
        name: text
        for name, text in described(core)
        if not (text and (name.startswith(NAMED) or (len(text.split()) > 1 and text.endswith((".", "?")))))
    }


def test_the_snapshot_is_the_schema_of_today() -> None:
    snapshot = (ROOT / "schema.graphql").read_text(encoding="utf-8")

    assert snapshot == sdl(), "The schema has changed: look at the difference, then renew it with `mipoints schema`"


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_schema_is_printed_alike_whatever_the_order_of_sets(seed: str) -> None:
    command = [sys.executable, "-c", "from app.api.schema import sdl; print(sdl(), end='')"]

    printed = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True, timeout=60
    )

    assert printed.stdout.decode() == sdl()


def test_every_name_that_clients_rely_on_is_there_as_promised() -> None:
    assert broken(CONTRACT.read_text(encoding="utf-8"), sdl()) == {}


def test_a_broken_promise_would_be_seen() -> None:
    promised = "enum E { A B } interface N { id: ID! } type T implements N { id: ID! f(x: Int! = 30): [Int!]! g: Int }"
    kept = "enum E { A } interface N { id: ID! } type T { id: ID! f(x: Int! = 31, y: Int): [Int]! }"

    assert set(broken(promised, kept)) == {"E.B", "T implements N", "T.f", "T.f(x)", "T.g"}
    assert broken(promised, promised) == {}


def test_everything_says_what_it_is() -> None:
    assert ill_described(schema()._schema) == {}


def same(number: int) -> int:
    """A resolver with an argument."""
    return number


def test_a_missing_description_would_be_seen() -> None:
    @strawberry.schema_directive(locations=[Location.OBJECT])
    class Old:
        since: int

    @strawberry.enum(description="What is known.")
    class Kind(Enum):
        ONE = "ONE"

    @strawberry.type(directives=[Old(since=1)])
    class Query:
        one: Kind = strawberry.field(description="Points.")

        two: int = strawberry.field(description="What is it?", resolver=same)

    seen = ill_described(strawberry.Schema(Query)._schema)

    assert seen == {
        "@old": None,
        "@old(since)": None,
        "Query": None,
        "Query.one": "Points.",
        "Query.two(number)": None,
        "Kind.ONE": None,
    }


def test_every_root_field_declares_who_may_ask() -> None:
    assert [field for field, roles in declared_roles(schema()._schema).items() if roles is None] == []


def test_a_root_field_without_a_declaration_would_be_seen() -> None:
    @strawberry.type
    class Query:
        open: int = strawberry.field(metadata=everyone())
        bare: int

    @strawberry.type
    class Mutation:
        bare: int

    declared = declared_roles(strawberry.Schema(Query, Mutation)._schema)

    assert [field for field, roles in declared.items() if roles is None] == [("Query", "bare"), ("Mutation", "bare")]


def test_only_development_has_the_sandbox_clock() -> None:
    production = build_schema("production").as_str()

    added = names_of(sdl()).keys() - names_of(production).keys()

    assert {name for name in added if not name.startswith(("AdvanceClockInput", "ClockPayload"))} == {
        "Mutation.advanceClock",
        "Mutation.advanceClock(input)",
    }
    assert names_of(production).items() <= names_of(sdl()).items()


def test_every_list_of_rows_is_a_connection_with_paging_both_ways() -> None:
    told = names_of(sdl())
    connections = [name for name, kind in told.items() if kind.rstrip("!").endswith("Connection")]

    for name in connections:
        for argument, kind in {"first": "Int", "after": "String", "last": "Int", "before": "String"}.items():
            paged = PAGED_ABOVE.get(name, name)
            forward_only = paged in FORWARD_ONLY and argument in ("last", "before")
            assert forward_only or told[f"{paged}({argument})"].startswith(kind), name
    assert len(connections) >= 12
