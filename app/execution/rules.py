"""What holds for all plans of a schema: which values are plain, how a field is resolved, what its arguments are?"""

import keyword
from collections.abc import Callable, Sequence, Set
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from types import CoroutineType, GeneratorType
from typing import Any
from uuid import UUID

import strawberry
from graphql import (
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLSchema,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_nullable_type,
    is_leaf_type,
)
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.execution import optimized_is_awaitable
from strawberry.types.arguments import convert_arguments
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver
from strawberry.types.info import Info

from app.execution.carriers import Carrier
from app.execution.kept import FIXED_IF, Keepable
from app.execution.leaves import leaf_function
from app.execution.records import Field, Part

# Says why a root field may not be asked for: guard(context, root type, name of the field). It is null then.
Guard = Callable[[Any, GraphQLObjectType, str], Exception | None]

CAST = TYPE_CAST_ATTRIBUTE
PATH = "path"  # metadata of a field whose resolver does no more than read this path of attributes, such as `row.points`
MOST_PLAIN = 2_000  # classes; a value of any other is looked at each time
_PLAIN = {
    bool,
    int,
    float,
    str,
    bytes,
    list,
    tuple,
    dict,
    set,
    frozenset,
    datetime,
    date,
    time,
    timedelta,
    Decimal,
    UUID,
}
_CONSTANT = (type(None), bool, int, float, str, bytes, datetime, date, time, timedelta, Decimal, UUID, Enum)
_CONVERTER = "strawberry.schema.schema_converter"
_WRAPPER = "GraphQLCoreConverter.from_resolver.<locals>."
_BASIC, _RESOLVERS = _WRAPPER + "_get_basic_result", (_WRAPPER + "_resolver", _WRAPPER + "_async_resolver")
_IS_TYPE_OF = "GraphQLCoreConverter.from_object.<locals>._get_is_type_of.<locals>.is_type_of"


class Rules:
    """A schema as its plans see it."""

    def __init__(self, schema: strawberry.Schema, guard: Guard | None) -> None:
        self.strawberry = schema
        self.schema: GraphQLSchema = schema._schema
        self.guard = guard
        self.is_awaitable: Callable[[Any], bool] = optimized_is_awaitable
        self.plain: set[type] = set(_PLAIN)
        self.carrier: Carrier | None = None  # the next one, for whichever run needs it first
        self.lazy_info = schema.config.info_class is Info
        self._leaves: dict[GraphQLLeafType, Callable[[Any], Any]] = {}

    def is_plain(self, value: Any) -> bool:
        """Is it neither None nor an exception, and nothing that could be awaited? Its class is remembered then."""
        if value is None or value is Undefined or isinstance(value, Exception) or self.is_awaitable(value):
            return False
        kind: Any = type(value)
        looks_up_itself = kind.__getattribute__ is not object.__getattribute__ or hasattr(kind, "__getattr__")
        if not looks_up_itself and kind not in (CoroutineType, GeneratorType) and len(self.plain) < MOST_PLAIN:
            self.plain.add(kind)
        return True

    def leaf(self, type_: GraphQLLeafType) -> Callable[[Any], Any]:
        """How a value of a leaf type is answered; UNUSUAL where graphql-core has to look."""
        known = self._leaves.get(type_)
        if known is None:
            known = self._leaves[type_] = leaf_function(type_, self.plain)
        return known

    def arguments(self, field: Field, variables: VariableValues, info: Any) -> tuple[dict[str, Any], bool]:
        """The arguments as the resolver takes them, and whether nobody can change them.

        Raises what coercing and converting them raises.
        """
        assert field.strawberry is not None
        given = get_argument_values(field.definition, field.nodes[0], variables, None, False)
        converted = convert_arguments(
            given,
            field.strawberry.arguments,
            scalar_registry=self.strawberry.schema_converter.scalar_registry,
            config=self.strawberry.config,
            info=info,
        )
        return converted, all(isinstance(value, _CONSTANT) for value in converted.values())

    def constant_arguments(self, field: Field) -> dict[str, Any] | None:
        """The arguments that are the same in each request and can be shared; None where they are not."""
        if any(has_variable(argument.value) for argument in field.nodes[0].arguments or ()):
            return None
        try:
            given, is_constant = self.arguments(field, VariableValues({}, {}), None)
        except Exception:
            return None
        return given if is_constant else None

    def attribute(self, field: Field) -> str | None:
        """The attribute that a field reads, or the path of one; None where its resolver does something else."""
        known = field.strawberry
        path = known.metadata.get(PATH) if known is not None else None
        if path is not None and self.resolver(field) is not None and all(map(is_name, path.split("."))):
            return path  # type: ignore[no-any-return]
        if known is None or not _made_here(field.definition.resolve, _BASIC) or not _is_ordinary(known):
            return None
        return known.python_name if known.is_basic_field and known.default_resolver is getattr else None

    def may_be_kept(self, type_: GraphQLObjectType) -> bool:
        """May objects of this type be kept?"""
        definition = type_.extensions.get("strawberry-definition")
        return definition is not None and issubclass(definition.origin, Keepable)

    def kept_if(self, parts: Sequence[Part], fixed: Set[str]) -> list[str] | None:
        """The attributes of a kept object that say whether a selection of it is fixed; None: it is not.

        `fixed`: the functions whose answer depends on their value alone, or on what varies as well.
        """
        conditions: list[str] = []
        for _, completer, function in parts:
            if completer is None:
                continue
            if not is_leaf_type(get_nullable_type(completer.type)) and function not in fixed:
                return None
            field = completer.field
            if self.attribute(field) is None and not self._is_fixed(field):
                condition = field.strawberry.metadata.get(FIXED_IF) if field.strawberry is not None else None
                if condition is None or self.resolver(field) is None:
                    return None
                conditions.append(condition)
        return conditions

    def _is_fixed(self, field: Field) -> bool:
        resolver = self.resolver(field)
        if resolver is None or field.strawberry is None or field.strawberry.is_async or resolver.info_parameter:
            return False
        return not field.strawberry.arguments or self.constant_arguments(field) is not None

    def resolver(self, field: Field) -> StrawberryResolver[Any] | None:
        """The resolver that may be called directly; None where something is wrapped around it."""
        known = field.strawberry
        if known is None or not _made_here(field.definition.resolve, *_RESOLVERS) or not _is_ordinary(known):
            return None
        if known.extensions or self.strawberry.exception_handlers or known.is_subscription:
            return None
        resolver = known.base_resolver
        if type(resolver) is not StrawberryResolver or not callable(resolver.wrapped_func):
            return None
        own = (resolver.parent_parameter, resolver.root_parameter, resolver.info_parameter)
        return resolver if all(is_name(one.name) for one in own if one is not None) else None

    def origin(self, type_: GraphQLObjectType) -> type | None:
        """The class all of whose own instances, unless cast, are of an object type by Strawberry's rule."""
        definition = type_.extensions.get("strawberry-definition")
        if not _made_here(type_.is_type_of, _IS_TYPE_OF) or definition is None or definition.is_type_of is not None:
            return None
        origin = definition.origin
        is_plain = not issubclass(origin, Exception) and not hasattr(origin, "__await__")
        return origin if is_plain else None


def is_name(text: str) -> bool:
    """May it stand in a plan's source? ASCII only, as Python itself changes the form of other letters."""
    return text.isascii() and text.isidentifier() and not keyword.iskeyword(text)


def has_variable(node: ValueNode) -> bool:
    """Does a value of a document depend on a variable?"""
    left = [node]
    while left:
        node = left.pop()
        if isinstance(node, VariableNode):
            return True
        if isinstance(node, ListValueNode):
            left.extend(node.values)
        elif isinstance(node, ObjectValueNode):
            left.extend(field.value for field in node.fields)
    return False


def _is_ordinary(field: StrawberryField) -> bool:
    return type(field).get_result is StrawberryField.get_result


def _made_here(function: object, *names: str) -> bool:
    """Is a function one that Strawberry itself puts around resolvers, and not one that somebody put in its place?"""
    return getattr(function, "__module__", None) == _CONVERTER and getattr(function, "__qualname__", None) in names
