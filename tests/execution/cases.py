"""Which documents and variables have tricked an executor before, or would trick a compiler?"""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Case(NamedTuple):
    document: str
    variables: Mapping[str, Any] | None = None
    wild: int = 0
    name: str | None = None


PAIR = {"left": 4, "right": ["y"], "more": {"left": 5, "right": [], "color": "RED"}}
SWITCHED = (
    "query ($yes: Boolean!) { thing { id @skip(if: $yes) name @include(if: $yes) ... @skip(if: $yes) { count } } }"
)
ECHO = "query ($n: Int, $pair: Pair) { thing { told(n: $n, pair: $pair) b: told(many: [$n]) } }"
LEAVES = "name id count maybeCount ratio flag color odd at tags grid"
ASYNC = """{ laterThing(seed: %d) {
  id later { soon later { soon id loaded(seed: 4) { id } } } laterMust { soon name laterMust { count } }
  loaded { id later { loaded(seed: 3) { id } } } promised { id loaded { name } }
  maybeThings { id soon promised { id } } promisedThings { id mustOdd soon } things { soon loaded(seed: 9) { id soon } }
} }"""

CASES: dict[str, Case] = {
    "leaves": Case(f"{{ thing {{ {LEAVES} mustOdd mustTags }} }}"),
    "values at the edges of their types": Case(
        """{ atLimits { ints floats texts flags ids colors odds days broken matrix nested { __typename ints broken }
        ... { nested { nested { ids } } } } noLimits { ints texts } failingLimits { ints } }"""
    ),
    "keys in the order of their first field": Case(
        "{ thing { count id ... on Named { name count } ...F id name } } fragment F on Thing { color id flag }"
    ),
    "aliases": Case("{ a: thing { b: count count b2: quiet name: id } thing(seed: 2) { id: name } }"),
    "merged fields": Case(
        """{ thing { child { id } child { child { name } } ...F } }
        fragment F on Thing { child { child { count } flag } }"""
    ),
    "types of abstract fields": Case(
        """{ thing(seed: 4) { pet { __typename ... on Cat { lives } ... on Named { shout } ... on Stone { weight } }
        animals { name __typename ... on Dog { color master { id } } ... on Cat { lives } } named { shout }
        pets { ... on Dog { name c: color } ... on Stone { name2: name } __typename } } }"""
    ),
    "a subclass of a type": Case(
        "{ thing(seed: 3) { named { __typename name ... on Dog { color } } pet { __typename } } }"
    ),
    "typenames": Case("{ __typename thing { t: __typename child { __typename } } }"),
    "nothing is left": Case("{ thing @skip(if: true) { id } }"),
    "nothing is left below": Case("{ thing { child { id @skip(if: true) } } }"),
    "skipped": Case(SWITCHED, {"yes": True}),
    "not skipped": Case(SWITCHED, {"yes": False}),
    "skipped by default": Case("query ($yes: Boolean = true) { thing { id @skip(if: $yes) name } }"),
    "skip needs a value": Case("query ($yes: Boolean) { thing { id @skip(if: $yes) name } }", {"yes": None}),
    "default arguments": Case("{ thing { told child { id } things { id } } }"),
    "literal arguments": Case(
        '{ thing(seed: 7) { told(text: "x", n: null, color: BLUE, many: [1, 2], pair: {left: 1}) } }'
    ),
    "arguments that somebody changes": Case(
        """{ thing { things(first: 3) { told(many: [1], pair: {left: 1, right: []}) } }
        other: thing { told(many: [1], pair: {left: 1, right: []}) } }"""
    ),
    "variables": Case(ECHO, {"n": 3, "pair": PAIR}),
    "variables that change": Case(ECHO, {"n": 5, "pair": {"left": 1}}),
    "variables that are missing": Case(ECHO),
    "variables that are bad": Case(ECHO, {"n": "x", "pair": {"right": ["z"], "nothing": 1}}),
    "a null in a list of variables": Case(ECHO, {"n": None}),
    "too many bad variables": Case("query ($many: [Int!]) { thing { told(many: $many) } }", {"many": ["x"] * 60}),
    "an argument that validation would refuse": Case('{ thing(seed: "x") { id } other: thing { told(many: "x") } }'),
    "info": Case("query ($n: Int = 2) { thing(seed: $n) { seen s: seen things { seen } } }"),
    "several operations": Case("query A { thing { id } } query B { thing { name } }", name="B"),
    "no operation is named": Case("query A { thing { id } } query B { thing { name } }"),
    "an operation that is not there": Case("query A { thing { id } }", name="C"),
    "introspection": Case("{ __schema { queryType { name } } thing { id } }"),
    "a forbidden field": Case("{ forbidden thing { id } other: forbidden }"),
    "a forbidden mutation": Case("mutation { act { id } forbidden act2: act { id } no: forbidden }"),
    "mutations one after the other": Case(
        """mutation ($pair: Pair) { a: act(pair: $pair) { soon laterMust { id } } b: actAtOnce { loaded { id } }
        c: act(seed: 3) { loaded(seed: 8) { id } } }""",
        {"pair": PAIR},
    ),
    "a mutation that must not be null": Case(
        "mutation { a: act { id } b: actAtOnce(seed: 5) { id } c: act(seed: 3) { id } }", wild=100
    ),
    "loaders": Case(
        """{ a: laterThing { loaded(seed: 3) { id soon } promised { name } }
        b: thing { things(first: 5) { loaded(seed: 4) { id } promised { loaded(seed: 12) { id } } } } }"""
    ),
    "one future for many": Case(
        "{ thing { things(first: 6) { loaded(seed: 9) { id later { soon } } } promised { id } } }"
    ),
    **{f"waiting {seed}": Case(ASYNC % seed) for seed in (1, 2, 5)},
    **{f"waiting in the wild {seed}": Case(ASYNC % seed, wild=20) for seed in range(1, 16)},
    **{
        f"leaves in the wild {seed}": Case(
            f"""{{ thing(seed: {seed}) {{ {LEAVES} things {{ {LEAVES} }} must {{ mustTags mustOdd }}
            animals {{ name }} maybe: child {{ things {{ count }} {LEAVES} }} }} }}""",
            wild=25,
        )
        for seed in range(1, 40)
    },
}
