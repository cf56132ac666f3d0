"""What does an operation cost: how many fields may it have to answer, by the sizes of its pages?

The unit is one field of one object. What is selected of a page counts as often as it was asked long (`first` or `last`,
else its default), of given ids as often as there are ids, of another list LISTED times; a mutation costs MUTATION units
more, and a look into the schema INTROSPECTION. A page whose size is a variable is counted once that is known. Costs are
shared, never copied: a fragment's stands once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    ValueNode,
    VariableNode,
)

from app.api.connections import DEFAULT_SIZE, MAXIMUM_SIZE

LISTED = 5
MUTATION = 200  # it holds a transaction of several statements: some 4 ms of CPU, where a field takes 20 µs
INTROSPECTION = 1_000  # the schema has no pages: how much is answered cannot be told from what is asked
MOST = 1_000_000_000  # more than this is not told apart
PAGE_SIZES = ("first", "last")
IDS = "ids"


@dataclass(frozen=True, slots=True, eq=False)
class Cost:
    """Units, and what comes to them: so many times the sum of `parts`.

    So many: the largest of `times` and of the values of the variables in `sizes`; DEFAULT_SIZE when that is 0.
    `variables`: all that the cost depends on.
    """

    units: int = 0
    times: int = 1
    sizes: tuple[str, ...] = ()
    parts: tuple["Cost", ...] = ()
    variables: frozenset[str] = frozenset()

    def total(self, operation: OperationDefinitionNode, values: Mapping[str, Any]) -> int:
        """The units, when the variables of the operation have these values, or else their defaults."""
        if not self.variables:
            return self.units
        defaults = {
            node.variable.name.value: size_of_literal(node.default_value)
            for node in operation.variable_definitions or ()
            if node.default_value is not None and node.variable.name.value in self.variables
        }
        given = {name: size_of(values[name]) for name in self.variables if name in values}
        return self._total({**defaults, **given}, {})

    def _total(self, sizes: Mapping[str, int], known: dict[int, int]) -> int:
        if id(self) not in known:
            below = sum(part._total(sizes, known) for part in self.parts)
            often = max(self.times, *(sizes.get(name, 0) for name in self.sizes)) if self.sizes else self.times
            known[id(self)] = min(self.units + (often or DEFAULT_SIZE) * below, MOST)
        return known[id(self)]


NOTHING = Cost()


def cost(units: int, parts: Sequence[Cost], times: int = 1, sizes: tuple[str, ...] = ()) -> Cost:
    """`units`, and so many times the sum of `parts`, as short as it can be said; see Cost."""
    fixed = sum(part.units for part in parts if not part.parts)
    varying = tuple(part for part in parts if part.parts)
    if not sizes and not varying:
        return Cost(min(units + (times or DEFAULT_SIZE) * fixed, MOST))
    variables = frozenset(sizes).union(*(part.variables for part in varying))
    below = (*varying, Cost(min(fixed, MOST))) if fixed else varying
    return Cost(units, times, sizes, below, variables) if below else Cost(units)


def size_of(value: object) -> int:
    """How long a page or a list of ids is by the value of its variable; 0 when that says nothing.

    What cannot be a size is refused before anything runs, so its size is of no account.
    """
    if value is None:
        return 0
    if isinstance(value, list):
        return max(1, len(value))
    return int(min(max(1, value), MAXIMUM_SIZE)) if isinstance(value, int | float) else 1


def size_of_literal(node: ValueNode) -> int:
    """The same of a value that stands in the document."""
    if isinstance(node, NullValueNode):
        return 0
    if isinstance(node, ListValueNode):
        return max(1, len(node.values))
    return size_of(int(node.value[:10])) if isinstance(node, IntValueNode) else 1


def cost_of_field(node: FieldNode, parent: GraphQLNamedType | None, field: GraphQLField | None, below: Cost) -> Cost:
    """A field's own unit, and what is selected of it as often as it may be answered."""
    above = parent.name if parent is not None else ""
    if above == "Mutation":
        return cost(1 + MUTATION, (below,))
    units = 1
    if node.name.value in ("__schema", "__type") or (above.startswith("__") and node.alias is not None):
        units += INTROSPECTION
    if node.selection_set is None or field is None:
        return Cost(units)
    times, sizes = _times(node, field, counted=above.endswith("Connection") or above.startswith("__"))
    return cost(units, (below,), times, sizes)


def _times(node: FieldNode, field: GraphQLField, *, counted: bool) -> tuple[int, tuple[str, ...]]:
    """How often what is selected of a field is answered. `counted`: its parent's times stand for its own lists."""
    names = (IDS,) if IDS in field.args else PAGE_SIZES if "first" in field.args else ()
    if names:
        given = [argument.value for argument in node.arguments or () if argument.name.value in names]
        known = [size_of_literal(value) for value in given if not isinstance(value, VariableNode)]
        return max(known, default=0), tuple(value.name.value for value in given if isinstance(value, VariableNode))
    kind = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    return LISTED if isinstance(kind, GraphQLList) and not counted else 1, ()
