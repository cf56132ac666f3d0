"""What does an operation cost when nothing is shared and nothing is clever, and what does it really answer?"""

from collections.abc import Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    build_schema,
    execute_sync,
    get_named_type,
    parse,
    value_from_ast_untyped,
)
from hypothesis import strategies as st

from app.gateway.costs import LISTED, MUTATION

SCHEMA = build_schema("""
    type Query { thing: Thing, things(first: Int, last: Int): ThingConnection, nodes(ids: [ID!]!): [Thing] }
    type Mutation { change: Thing }
    type Thing { id: ID, words: [String], thing: Thing, tags: [Thing!], things(first: Int, last: Int): ThingConnection }
    type ThingConnection { edges: [ThingEdge!]!, pageInfo: Thing }
    type ThingEdge { node: Thing }
""")
PAGED = "query Q($f: Int, $d: Int = 7, $n: Int, $i: [ID!]!)"
Given = Mapping[str, Any]


class Thing:
    """Something with as many things of its own as anybody asks for."""

    id = "1"
    words = ("a", "b")

    @property
    def thing(self) -> "Thing":
        """Another one."""
        return self

    @property
    def tags(self) -> list["Thing"]:
        """As many as a list is reckoned to have."""
        return [self] * LISTED

    def things(self, info: object, first: int | None = None, last: int | None = None) -> dict[str, Any]:
        """A full page."""
        size = next((asked for asked in (first, last) if asked is not None), 20)
        return {"edges": [{"node": self}] * size, "pageInfo": self}

    def nodes(self, info: object, ids: list[str]) -> list["Thing"]:
        """One for each id."""
        return [self] * len(ids)

    def change(self, info: object) -> "Thing":
        """What a mutation answers."""
        return self


def answered(text: str, variables: Given) -> int:
    """How many fields an operation really answers; it is run as it stands."""
    result = execute_sync(SCHEMA, parse(text), Thing(), variable_values=dict(variables))
    assert result.errors is None, result.errors
    return _fields(result.data)


def _fields(value: Any) -> int:
    if isinstance(value, dict):
        return sum(1 + _fields(each) for each in value.values())
    return sum(map(_fields, value)) if isinstance(value, list) else 0


def reckoned(text: str, variables: Given) -> int:
    """The cost of the only operation: every fragment is walked wherever it is spread."""
    document = parse(text)
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    (operation,) = (node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    defaults = {
        node.variable.name.value: value_from_ast_untyped(node.default_value)
        for node in operation.variable_definitions or ()
        if node.default_value is not None
    }
    root = SCHEMA.get_root_type(operation.operation)
    return _selected(operation.selection_set, root, fragments, {**defaults, **variables})


def _selected(
    selected: SelectionSetNode,
    at: GraphQLNamedType | None,
    fragments: Mapping[str, FragmentDefinitionNode],
    values: Given,
) -> int:
    total = 0
    for node in selected.selections:
        if isinstance(node, FragmentSpreadNode):
            fragment = fragments[node.name.value]
            on = SCHEMA.get_type(fragment.type_condition.name.value)
            total += _selected(fragment.selection_set, on, fragments, values)
        elif isinstance(node, InlineFragmentNode):
            total += _selected(node.selection_set, at, fragments, values)
        elif isinstance(node, FieldNode):
            total += 1 + (MUTATION if at is SCHEMA.mutation_type else 0)
            field = SCHEMA.get_field(at, node.name.value)  # type: ignore[arg-type]
            if node.selection_set and field:
                below = _selected(node.selection_set, get_named_type(field.type), fragments, values)
                total += _often(node, values) * below
    return total


def _often(node: FieldNode, values: Given) -> int:
    given = {each.name.value: value_from_ast_untyped(each.value, dict(values)) for each in node.arguments or ()}
    if node.name.value == "nodes":
        return max(1, len(given["ids"]))
    if node.name.value == "things":
        sizes = [size for size in given.values() if isinstance(size, int)]
        return max((min(max(1, size), 100) for size in sizes), default=20)
    return LISTED if node.name.value == "tags" else 1


SIZES = (
    "",
    "(first: 3)",
    "(last: 2)",
    "(first: $f)",
    "(first: $d)",
    "(first: null, last: $n)",
    "(first: $n, last: 4)",
    "(last: $n, first: null)",
)
KINDS = {
    "Query": {"thing": "Thing", "things": "ThingConnection", "nodes": "Thing"},
    "Thing": {"thing": "Thing", "things": "ThingConnection", "tags": "Thing"},
    "ThingConnection": {"edges": "ThingEdge", "pageInfo": "Thing"},
    "ThingEdge": {"node": "Thing"},
}


@st.composite
def operations(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A query, and values of its variables: fragments in fragments, inline ones, pages and ids of every form."""
    names = [f"F{at}" for at in range(draw(st.integers(0, 4)))]
    fragments = [
        f"fragment {name} on Thing {draw(selections('Thing', names[at + 1 :], 2))}" for at, name in enumerate(names)
    ]
    values: dict[str, Any] = {"i": draw(st.lists(st.sampled_from("ab"), max_size=3))}
    values |= {name: draw(st.none() | st.integers(1, 3)) for name in "fdn" if draw(st.booleans())}
    return " ".join([f"{PAGED} {draw(selections('Query', names, 3))}", *fragments]), values


@st.composite
def selections(draw: st.DrawFn, at: str, names: list[str], depth: int) -> str:
    """What is selected of a type, at most so deep; it may spread the fragments of these names."""
    return "{" + " ".join(draw(st.lists(selection(at, names, depth), min_size=1, max_size=3))) + "}"


@st.composite
def selection(draw: st.DrawFn, at: str, names: list[str], depth: int) -> str:
    """A field or a fragment. What is asked for in two ways has two names: fields of one name are the same."""
    chance = draw(st.integers(0, 9))
    if depth == 0 or chance == 0:
        return "__typename"
    if chance == 1:
        return f"... {draw(selections(at, names, depth - 1))}"
    if chance < 5 and at == "Thing" and names:
        return f"...{draw(st.sampled_from(names))}"
    name = draw(st.sampled_from(sorted(KINDS[at])))
    ways = {"things": SIZES, "nodes": ('(ids: ["a", "b"])', "(ids: $i)")}.get(name, ("",))
    way = draw(st.integers(0, len(ways) - 1))
    return f"{name}{way}: {name}{ways[way]} {draw(selections(KINDS[at][name], names, depth - 1))}"
