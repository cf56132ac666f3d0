"""Who may ask for each root field, what does a member meet there who names what is another's, and how is it asked?"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from tests.api.asking import schema
from tests.client import Who, fresh

MATRIX: Mapping[str, Mapping[str, Any]] = tomllib.loads(
    Path(__file__).with_name("role_matrix.toml").read_text(encoding="utf-8")
)
FIELDS = [(root, name) for root, fields in MATRIX.items() for name in fields]
EVERYONE = "everyone"
SAMPLES = {
    "ID": "bS4xLjE",
    "String": "a word",
    "Int": 1,
    "Boolean": True,
    "DateTime": "2026-03-02T11:00:00Z",
    "Date": "1990-05-17",
    "Decimal": "19.99",
    "URL": "https://social.example/1",
    "MarketCode": "ES",
    "CurrencyCode": "EUR",
    "ActivityKind": "PURCHASE",
    "LocalDateTime": "2026-03-02T12:00",
}
SHOWN = ("id", "miAccountId", "userErrors { code }", "blockedBy { code }", "member { miAccountId }")
Taken = GraphQLArgument | GraphQLInputField


def may(root: str, name: str) -> str:
    """The roles that may ask for a root field, or EVERYONE."""
    return str(MATRIX[root][name]["may"])


def theirs(root: str, name: str) -> Mapping[str, str]:
    """By the name of an argument: what a member meets who names another's thing there."""
    return cast(Mapping[str, str], MATRIX[root][name].get("theirs", {}))


def denial(who: Who | None, root: str, name: str) -> str | None:
    """The code with which this field is denied to them; None where it is not."""
    roles = may(root, name)
    if roles == EVERYONE:
        return None
    if who is None:
        return "UNAUTHENTICATED"
    return None if who.role in roles.split() else "FORBIDDEN"


def field_of(root: str, name: str) -> GraphQLField:
    """A root field of the schema."""
    kind = schema()._schema.type_map[root]
    assert isinstance(kind, GraphQLObjectType)
    return cast(GraphQLField, kind.fields[name])


def document_of(root: str, name: str, **given: Any) -> tuple[str, dict[str, Any]]:
    """A document that asks for one root field, and its variables: what it needs, and what is given by argument."""
    field = field_of(root, name)
    values = {key: sample(key, one, given) for key, one in field.args.items() if _is_taken(key, one, given)}
    declared = ", ".join(f"${key}: {field.args[key].type}" for key in values)
    passed = ", ".join(f"{key}: ${key}" for key in values)
    text = f"{root.lower()}{f' ({declared})' if declared else ''} {{ {name}{f'({passed})' if passed else ''}"
    return f"{text} {_selection(field.type)} }}", values


def named_in(taken: Mapping[str, Taken], is_name: Callable[[str], bool]) -> Iterator[str]:
    """The arguments, also those within inputs, whose names are such."""
    for name, one in taken.items():
        kind = get_named_type(one.type)
        if isinstance(kind, GraphQLInputObjectType):
            yield from named_in(kind.fields, is_name)
        elif is_name(name):
            yield name


def sample(name: str, one: Taken, given: Mapping[str, Any]) -> Any:
    """A value that an argument takes, with what is given somewhere in it."""
    if name in given:
        return given[name]
    kind = one.type.of_type if isinstance(one.type, GraphQLNonNull) else one.type
    named = get_named_type(kind)
    if isinstance(named, GraphQLInputObjectType):
        made = {key: sample(key, part, given) for key, part in named.fields.items() if _is_taken(key, part, given)}
        return [made] if isinstance(kind, GraphQLList) else made
    if isinstance(kind, GraphQLList):
        return []
    return fresh("key") if name == "idempotencyKey" else SAMPLES[named.name]


def _is_taken(name: str, one: Taken, given: Mapping[str, Any]) -> bool:
    needed = is_required_argument(one) if isinstance(one, GraphQLArgument) else is_required_input_field(one)
    return needed or any(named_in({name: one}, given.__contains__))


def _selection(kind: GraphQLOutputType) -> str:
    named = get_named_type(kind)
    if is_leaf_type(named):
        return ""
    fields = getattr(named, "fields", {})
    return f"{{ {' '.join(['__typename', *(shown for shown in SHOWN if shown.partition(' ')[0] in fields)])} }}"
