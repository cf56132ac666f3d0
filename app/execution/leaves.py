"""How does a scalar or an enum cross the border, when its value is the usual one?

Each leaf type has a test that is exactly graphql-core's for the usual Python type of its values, and lets all others
pass to graphql-core itself.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from enum import Enum
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
)
from strawberry.schema.schema_converter import CustomGraphQLEnumType

Name = Callable[[str, Any], str]

UNUSUAL = object()
_USUAL: dict[GraphQLScalarType, str] = {
    GraphQLInt: "type({v}) is int and -2147483648 <= {v} <= 2147483647",
    GraphQLFloat: "type({v}) is float and -INFINITE < {v} < INFINITE",
    GraphQLString: "type({v}) is str",
    GraphQLID: "type({v}) is str",
    GraphQLBoolean: "type({v}) is bool",
}


def leaf_lines(type_: GraphQLLeafType, v: str, otherwise: str, *, nullable: bool, name: Name) -> list[str]:
    """The source that turns the variable `v` into what is answered, or runs `otherwise`.

    `name` gives a constant a name in the source.
    """
    unless = f"elif {v} is not None" if nullable else "else"
    usual = _USUAL.get(type_) if isinstance(type_, GraphQLScalarType) else None
    if usual is not None:
        there = f"{v} is not None and " if nullable else ""
        return [f"if {there}not ({usual.format(v=v)}): {otherwise}"]
    if (names := _member_names(type_)) is not None:
        known, words = name("M", names), name("S", _words(type_))
        return [
            f"if type({v}) is {name('L', _class_of(type_))} and {v}._value_ in {known}: {v} = {known}[{v}._value_]",
            f"elif type({v}) is str and {v} in {words}: {v} = {words}[{v}]",
            f"{unless}: {otherwise}",
        ]
    return [
        f"if type({v}) in PLAIN:",
        f"    u = {name('Z', type_.coerce_output_value)}({v})",
        f"    if u is None or u is UNDEFINED: {otherwise}",
        f"    else: {v} = u",
        f"{unless}: {otherwise}",
    ]


def leaf_function(type_: GraphQLLeafType, plain: Collection[type]) -> Callable[[Any], Any]:
    """What `leaf_lines` does, as a function; UNUSUAL where graphql-core has to look."""
    names: dict[str, Any] = {"PLAIN": plain, "UNDEFINED": Undefined, "UNUSUAL": UNUSUAL, "INFINITE": float("inf")}

    def name(prefix: str, value: Any) -> str:
        names[prefix] = value
        return prefix

    lines = leaf_lines(type_, "v", "return UNUSUAL", nullable=False, name=name)
    body = "\n".join(f"    {line}" for line in lines)
    exec(compile(f"def leaf(v):\n{body}\n    return v\n", "<leaf>", "exec"), names)  # noqa: S102
    return names["leaf"]  # type: ignore[no-any-return]


def _class_of(type_: GraphQLLeafType) -> type[Enum] | None:
    found = getattr(type_, "wrapped_cls", None) if type(type_) is CustomGraphQLEnumType else None
    return found if isinstance(found, type) and issubclass(found, Enum) else None


def _words(type_: GraphQLLeafType) -> dict[str, Any]:
    """The name of each member by its value, where that is a string and the type takes it in the member's place."""
    members = _class_of(type_)
    words: dict[str, Any] = {}
    for member in members or ():
        if type(member._value_) is str:
            with suppress(Exception):
                words[member._value_] = type_.coerce_output_value(member._value_)
    return words


def _member_names(type_: GraphQLLeafType) -> dict[Any, str] | None:
    """The name of each member by its value, as the type itself gives it; None where it is no plain enum."""
    members = _class_of(type_)
    if members is None:
        return None
    try:
        return {member._value_: type_.coerce_output_value(member) for member in members}
    except Exception:
        return None
