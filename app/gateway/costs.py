"""What does an operation cost: how many fields may it have to answer, by the sizes of its pages?

The unit is one field of one object. A page counts as often as it was asked long (`first`, `last`, or its default), a
list of given ids as often as there are ids, another list LISTED times, and a mutation MUTATION units on top. A cost
whose page sizes are variables is known once these are. Costs are shared, never copied: a fragment's stands once.
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
    VariableNode,
)

DEFAULT_PAGE, LONGEST_PAGE = 20, 100  # as app.api.connections has them
LISTED = 5
MUTATION = 10
MOST = 1_000_000_000  # more than this is not told apart
PAGE_SIZES = ("first", "last")
IDS = "ids"


@dataclass(frozen=True, slots=True, eq=False)
class Cost:
    """Units, and what comes to them: `times` the sum of `parts`. `times` may be the name of a variable.

    `variables`: all that it depends on.
    """

    units: int = 0
    times: int | str = 1
    parts: tuple["Cost", ...] = ()
    variables: frozenset[str] = frozenset()

    def total(self, values: Mapping[str, Any]) -> int:
        """The units, when the variables have these values."""
        return self._total(values, {})

    def _total(self, values: Mapping[str, Any], known: dict[int, int]) -> int:
        if id(self) not in known:
            below = sum(part._total(values, known) for part in self.parts)
            often = page_size(values.get(self.times)) if isinstance(self.times, str) else self.times
            known[id(self)] = min(self.units + often * below, MOST)
        return known[id(self)]


NOTHING = Cost()


def cost(units: int, parts: Sequence[Cost], times: int | str = 1) -> Cost:
    """`units + times * (the sum of parts)`, as short as it can be said."""
    fixed = sum(part.units for part in parts if not part.parts)
    varying = tuple(part for part in parts if part.parts)
    if isinstance(times, int) and not varying:
        return Cost(min(units + times * fixed, MOST))
    variables = frozenset().union(*(part.variables for part in varying), (times,) if isinstance(times, str) else ())
    below = (*varying, Cost(min(fixed, MOST))) if fixed else varying
    return Cost(units, times, below, variables) if below else Cost(units)


def page_size(value: object) -> int:
    """How long a page is by what was asked; what is no size is refused later, and counts as the default here."""
    if isinstance(value, list):
        return len(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return min(max(value, 1), LONGEST_PAGE)
    return DEFAULT_PAGE


def cost_of_field(node: FieldNode, parent: GraphQLNamedType | None, field: GraphQLField | None, below: Cost) -> Cost:
    """A field's own unit, and what is selected of it as often as it may be answered."""
    if parent is not None and parent.name == "Mutation":
        return cost(1 + MUTATION, (below,))
    if node.selection_set is None or field is None or node.name.value.startswith("__"):
        return cost(1, (below,))
    return cost(1, (below,), _times(node, parent, field))


def _times(node: FieldNode, parent: GraphQLNamedType | None, field: GraphQLField) -> int | str:
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    if IDS in field.args:
        ids = given.get(IDS)
        if isinstance(ids, VariableNode):
            return ids.name.value
        return max(len(ids.values), 1) if isinstance(ids, ListValueNode) else 1
    if "first" in field.args:
        asked = next((given[name] for name in PAGE_SIZES if name in given), None)
        if isinstance(asked, VariableNode):
            return asked.name.value
        return page_size(int(asked.value[:10])) if isinstance(asked, IntValueNode) else DEFAULT_PAGE
    kind = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    in_a_page = parent is not None and parent.name.endswith("Connection")  # which is counted as a whole
    return LISTED if isinstance(kind, GraphQLList) and not in_a_page else 1
