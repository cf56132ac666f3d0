"""Is this document small enough to be looked at, and what do its operations come to: cost, guesses, may caches keep it?

First its text, then one pass over what it parses to, before validation. A fragment is measured once, wherever it is
spread, so that a fan-out of fragments is counted in full and walked only once. Nothing here trusts the document to be
valid. The limits together keep reading, measuring and validating below 100 ms (`scripts/prove limits`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    TokenKind,
    get_named_type,
    is_composite_type,
)

from app.api.hints import OF_READER, PUBLIC_S, TRIES_CODE, hints_of
from app.gateway.costs import NOTHING, Cost, cost, cost_of_field

MAX_CHARACTERS, MAX_LINES = 40_000, 2_000
MAX_TOKENS = 2_000
MAX_COMMENTS = 500
MAX_NAME = 128
MAX_OPERATIONS, MAX_FRAGMENTS = 10, 100
MAX_DEPTH = 20
MAX_FIELDS = 1_000
MAX_ALIASES = 200
MAX_DIRECTIVES = 100
MAX_REPEATED = 50
MAX_VALUES, MAX_LIST, MAX_STRING, MAX_NESTING = 5_000, 1_000, 64 * 1024, 20
COUNTED = FOR_EVER = 1_000_000_000  # more than this is not told apart
ROOTS = ("Query", "Mutation", "Subscription")


class LimitExceeded(GraphQLError):
    """A document or its variables go beyond a limit; `extensions` name it, its maximum, and what was found."""

    public = True
    code = "LIMIT_EXCEEDED"

    def __init__(self, limit: str, maximum: int, found: int | None = None) -> None:
        facts: dict[str, Any] = {"limit": limit, "maximum": maximum}
        said = f"The {limit} of a request may be {maximum} at most"
        if found is not None:
            facts["found"] = min(found, COUNTED)
            said += f", here it is {facts['found']}"
        super().__init__(said, extensions=facts)


@dataclass(frozen=True, slots=True)
class Measures:
    """What a selection comes to with its fragments spread: levels, and how many of each.

    `codes`: fields that look a coupon up by its code. `public_s`: seconds for which shared caches may keep the answer,
    0 when it is somebody's own. `cost`: see `app.gateway.costs`.
    """

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    repeated: int = 0
    codes: int = 0
    public_s: int = FOR_EVER
    cost: Cost = NOTHING


def together(parts: Sequence[Measures], *, directives: int = 0, repeated: int = 0) -> Measures:
    """All of these at the same level, beside directives and repetitions of that level itself."""
    return Measures(
        max((part.depth for part in parts), default=0),
        min(sum(part.fields for part in parts), COUNTED),
        min(sum(part.aliases for part in parts), COUNTED),
        min(sum(part.directives for part in parts) + directives, COUNTED),
        min(sum(part.repeated for part in parts) + repeated, COUNTED),
        min(sum(part.codes for part in parts), COUNTED),
        min((part.public_s for part in parts), default=FOR_EVER),
        cost(0, [part.cost for part in parts]),
    )


LIMITS: Mapping[str, tuple[int, Callable[[Measures], int]]] = {
    "depth": (MAX_DEPTH, lambda measures: measures.depth),
    "number of fields": (MAX_FIELDS, lambda measures: measures.fields),
    "number of aliases": (MAX_ALIASES, lambda measures: measures.aliases),
    "number of directives": (MAX_DIRECTIVES, lambda measures: measures.directives),
    "number of repeated fields": (MAX_REPEATED, lambda measures: measures.repeated),
}


def measure(document: DocumentNode, schema: GraphQLSchema) -> dict[str | None, Measures]:
    """The measures of each operation by name; raises LimitExceeded for the first limit that the document breaks.

    Every definition is held to the limits by itself, also a fragment that nothing spreads.
    """
    check_names(document)
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    fragments = [node for node in document.definitions if isinstance(node, FragmentDefinitionNode)]
    for limit, maximum, found in (
        ("number of operations", MAX_OPERATIONS, len(operations)),
        ("number of fragments", MAX_FRAGMENTS, len(fragments)),
    ):
        if found > maximum:
            raise LimitExceeded(limit, maximum, found)
    measuring = Measuring(schema, {fragment.name.value: fragment for fragment in fragments})
    for fragment in fragments:
        check(measuring.fragment(fragment.name.value))
    measured: dict[str | None, Measures] = {}
    for operation in operations:
        root = schema.get_root_type(operation.operation)
        measures = measuring.definition(operation, root)
        check(measures)
        measured[operation.name.value if operation.name else None] = measures
    return measured


def check(measures: Measures) -> None:
    """Raises LimitExceeded where one of the measures is over its limit."""
    for limit, (maximum, part) in LIMITS.items():
        if part(measures) > maximum:
            raise LimitExceeded(limit, maximum, part(measures))


def check_text(text: str) -> None:
    """Raises LimitExceeded for a text that is too long, or has too many lines."""
    if len(text) > MAX_CHARACTERS:
        raise LimitExceeded("length of the document", MAX_CHARACTERS, len(text))
    lines = text.count("\n") + text.count("\r") - text.count("\r\n")
    if lines > MAX_LINES:
        raise LimitExceeded("number of lines", MAX_LINES, lines)


def check_names(document: DocumentNode) -> None:
    """Raises LimitExceeded for a name that is too long: it is compared with others, and said in messages."""
    token = document.loc.start_token if document.loc else None
    while token is not None:
        if token.kind is TokenKind.NAME and token.end - token.start > MAX_NAME:
            raise LimitExceeded("length of a name", MAX_NAME, token.end - token.start)
        token = token.next


def check_variables(variables: Mapping[str, Any]) -> None:
    """Raises LimitExceeded for variables with too many values, too long a list or string, or too deep a nesting."""
    found = 0
    level: list[Any] = [variables]
    for _ in range(MAX_NESTING):
        below: list[Any] = []
        for value in level:
            parts: Iterable[Any] = value.values() if isinstance(value, dict) else value
            if isinstance(value, list) and len(value) > MAX_LIST:
                raise LimitExceeded("length of a list", MAX_LIST, len(value))
            found += len(value)
            if found > MAX_VALUES:
                raise LimitExceeded("number of values", MAX_VALUES)
            for part in parts:
                if isinstance(part, dict | list):
                    below.append(part)
                elif isinstance(part, str) and len(part) > MAX_STRING:
                    raise LimitExceeded("length of a value", MAX_STRING, len(part))
        if not below:
            return
        level = below
    raise LimitExceeded("nesting of variables", MAX_NESTING)


class Measuring:
    """One pass over one document; its recursion is bounded by MAX_DEPTH and MAX_FRAGMENTS."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments
        self._known: dict[str, Measures] = {}
        self._level = 0

    def fragment(self, name: str) -> Measures:
        """A fragment's measures; nothing for one that is not there or that spreads itself (validation refuses both)."""
        if name not in self._known:
            self._known[name] = Measures()
            node = self._fragments.get(name)
            if node is not None:
                self._known[name] = self.definition(node, self._schema.get_type(node.type_condition.name.value))
        return self._known[name]

    def definition(
        self, node: OperationDefinitionNode | FragmentDefinitionNode, kind: GraphQLNamedType | None
    ) -> Measures:
        """The measures of an operation or a fragment, its own directives and those of its variables included."""
        directives = len(node.directives or ())
        directives += sum(len(variable.directives or ()) for variable in node.variable_definitions or ())
        return together([self._selections(node.selection_set, kind)], directives=directives)

    def _selections(self, selection_set: SelectionSetNode, kind: GraphQLNamedType | None) -> Measures:
        """What stands in an inline fragment stands at the level around it."""
        parts: list[Measures] = []
        directives = repeated = 0
        names: set[tuple[str, GraphQLNamedType | None]] = set()
        waiting = [(selection_set, kind)]
        while waiting:
            selected, at = waiting.pop()
            for node in selected.selections:
                if isinstance(node, FieldNode):
                    name = (node.alias or node.name).value, at
                    repeated += name in names
                    names.add(name)
                    parts.append(self._field(node, at))
                    continue
                directives += len(node.directives or ())
                if isinstance(node, FragmentSpreadNode):
                    parts.append(self.fragment(node.name.value))
                elif isinstance(node, InlineFragmentNode):
                    waiting.append((node.selection_set, self._narrowed(node, at)))
        return together(parts, directives=directives, repeated=repeated)

    def _narrowed(self, node: InlineFragmentNode, kind: GraphQLNamedType | None) -> GraphQLNamedType | None:
        return self._schema.get_type(node.type_condition.name.value) if node.type_condition else kind

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Measures:
        field = self._schema.get_field(parent, node.name.value) if is_composite_type(parent) else None
        hints = hints_of(field)
        below = Measures()
        if node.selection_set is not None:
            self._level += 1
            if self._level >= MAX_DEPTH:
                raise LimitExceeded("depth", MAX_DEPTH)
            below = self._selections(node.selection_set, get_named_type(field.type) if field else None)
            self._level -= 1
        return Measures(
            below.depth + 1,
            below.fields + 1,
            below.aliases + (node.alias is not None),
            below.directives + len(node.directives or ()),
            below.repeated,
            below.codes + bool(hints.get(TRIES_CODE)),
            min(below.public_s, _public_s(node, parent, hints)),
            cost_of_field(node, parent, field, below.cost),
        )


def _public_s(node: FieldNode, parent: GraphQLNamedType | None, hints: Mapping[str, Any]) -> int:
    if hints.get(OF_READER):
        return 0
    if parent is None or parent.name not in ROOTS or node.name.value == "__typename":
        return FOR_EVER
    seconds: int = hints.get(PUBLIC_S, 0)
    return seconds
