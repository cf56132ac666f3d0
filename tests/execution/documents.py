"""Which documents does a schema allow: random ones, with all that a document can hold?"""

import random
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_required_argument,
    parse,
    validate,
)
from hypothesis import strategies as st

# Names of variables and their types; `$bad` is one that no value is right for.
VARIABLES = {"yes": "Boolean = true", "no": "Boolean!", "n": "Int", "text": "String", "color": "Color", "pair": "Pair"}
SWITCHES = ("@skip(if: $yes)", "@include(if: $no)", "@skip(if: false)", "@include(if: $yes) @skip(if: $no)")
VALUES: dict[str, list[str]] = {
    "Int": ["1", "2", "$n", "null"],
    "String": ['"a"', "$text", '""'],
    "Color": ["RED", "BLUE", "$color"],
    "[Int!]": ["[1, 2]", "3", "[1, $n]", "null"],
    "Pair": ["{left: 1}", '{left: 2, right: ["x", $text], more: {left: 3, color: $color}}', "$pair"],
}
ALIASES = ("a", "b", "id", "name")
FRAGMENTS = {"OnThing": "Thing", "OnNamed": "Named", "OnPet": "Pet"}


class Writer:
    """Writes a document; each choice is one of `chance`, so that a failing document can be made smaller."""

    def __init__(self, schema: GraphQLSchema, chance: random.Random, size: int) -> None:
        self.schema = schema
        self.chance = chance
        self.left = size

    def document(self) -> str:
        kind = self.chance.choice(["query", "query", "query", "mutation"])
        root = self.schema.query_type if kind == "query" else self.schema.mutation_type
        body = self.selection(root, 6)
        fragments = [
            f"fragment {name} on {type_} {self.selection(self.schema.type_map[type_], 2, spreads=False)}"
            for name, type_ in FRAGMENTS.items()
        ]
        used, known = [], [body]
        while known:
            text = known.pop()
            for name, fragment in zip(FRAGMENTS, fragments, strict=True):
                if f"...{name}" in text and fragment not in used:
                    used.append(fragment)
                    known.append(fragment)
        written = " ".join([body, *used])
        declared = ", ".join(f"${name}: {type_}" for name, type_ in VARIABLES.items() if f"${name}" in written)
        return f"{kind} Asked{f'({declared})' if declared else ''} {written}"

    def selection(self, type_: Any, depth: int, *, spreads: bool = True) -> str:
        """A selection of at least one field of a type."""
        parts = [self.field(type_, depth, spreads=spreads) for _ in range(self.chance.randint(1, 4))]
        if spreads and self.chance.random() < 0.3:
            parts.append(self.inline(type_, depth))
        if spreads and self.chance.random() < 0.2:
            fitting = [name for name, on in FRAGMENTS.items() if self.may_be(type_, self.schema.type_map[on])]
            parts += [f"...{name} {self.switch()}" for name in fitting]
        self.chance.shuffle(parts)
        return "{ " + " ".join(parts) + " }"

    def inline(self, type_: Any, depth: int) -> str:
        if self.chance.random() < 0.3:
            return f"... {self.switch()} {self.selection(type_, depth)}"
        others = [other for other in self.schema.type_map.values() if self.may_be(type_, other)]
        other = self.chance.choice(others)
        return f"... on {other.name} {self.switch()} {self.selection(other, depth)}"

    def may_be(self, type_: Any, other: Any) -> bool:
        """Can a value be of both types?"""
        return is_composite_type(other) and bool(self.objects(type_) & self.objects(other))

    def objects(self, type_: Any) -> set[GraphQLObjectType]:
        return set(self.schema.get_possible_types(type_)) if is_abstract_type(type_) else {type_}

    def field(self, type_: Any, depth: int, *, spreads: bool) -> str:
        self.left -= 1
        fields = {} if not hasattr(type_, "fields") else type_.fields
        small = [name for name, field in fields.items() if not is_composite_type(get_named_type(field.type))]
        names = list(fields) if depth > 0 and self.left > 0 else small
        if not names or self.chance.random() < 0.08:
            return "__typename"
        name = self.chance.choice(names)
        field = fields[name]
        alias = f"{self.chance.choice(ALIASES)}: " if self.chance.random() < 0.15 else ""
        given = [
            f"{argument}: {self.chance.choice(VALUES[str(known.type).removesuffix('!')])}"
            for argument, known in field.args.items()
            if is_required_argument(known) or self.chance.random() < 0.4
        ]
        arguments = f"({', '.join(given)})" if given else ""
        below = get_named_type(field.type)
        selected = self.selection(below, depth - 1, spreads=spreads) if is_composite_type(below) else ""
        return f"{alias}{name}{arguments} {self.switch()} {selected}"

    def switch(self) -> str:
        return self.chance.choice(SWITCHES) if self.chance.random() < 0.15 else ""


def valid_documents(schema: GraphQLSchema) -> st.SearchStrategy[DocumentNode]:
    """Documents that the schema allows."""

    def written(seed: int) -> DocumentNode | None:
        chance = random.Random(seed)
        for _ in range(30):
            document = parse(Writer(schema, chance, chance.randint(3, 25)).document())
            if not validate(schema, document):
                return document
        return None

    return st.integers(0, 2**32).map(written).filter(lambda found: found is not None)  # type: ignore[return-value]


def variables() -> st.SearchStrategy[dict[str, Any]]:
    """Values for VARIABLES: missing, right or wrong."""
    pair = {"left": 4, "right": ["y"], "more": {"left": 5, "right": [], "color": "RED"}}
    chosen = {
        "yes": st.sampled_from([True, False, True, False, None, "x"]),
        "no": st.sampled_from([True, False, True, False, True, False, 1]),
        "n": st.sampled_from([0, 3, 3, None, "bad"]),
        "text": st.sampled_from(["t", "t", None, 5]),
        "color": st.sampled_from(["RED", "BLUE", None, "GREEN"]),
        "pair": st.sampled_from([pair, pair, {"left": 1}, None, {"right": ["z"]}]),
    }
    return st.fixed_dictionaries({"no": chosen.pop("no")}, optional=chosen)
