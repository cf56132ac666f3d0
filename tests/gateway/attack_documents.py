"""Which documents are attacks?"""

from collections.abc import Mapping

from tests.gateway.target import Answer, Attack, Strike, Target

LOGIN = 'recordAppLogin(input: {idempotencyKey: "k#", deviceId: "d"}) { deferred }'
TYPE = '__type(name: "Query") { fields { name args { name } } }'
PAGE = "campaigns(first: 100) { edges { cursor } }"
BY_VARIABLE = "query ($n: Int = 100) "
ROUND = "{ __schema { types { %s } } }"


def sent(query: object, variables: object = None, **members: object) -> Strike:
    """One GraphQL request by POST."""

    async def strike(target: Target) -> list[Answer]:
        return [await target.request("POST", json={"query": query, "variables": variables, **members})]

    return strike


def many(times: int, text: str) -> str:
    """So many copies, each with its number in the place of `#`."""
    return " ".join(text.replace("#", str(number)) for number in range(times))


def nested(depth: int, opening: str, inside: str, closing: str) -> str:
    """`inside` within so many pairs."""
    return opening * depth + inside + closing * depth


def chain(length: int, last: str, times: int = 1, on: str = "Query") -> str:
    """Fragments F0, F1 ... of which each spreads the next so many times; the last holds `last`."""
    links = [f"fragment F{at} on {on} {{ {many(times, f'...F{at + 1}')} }}" for at in range(length)]
    return " ".join([*links, f"fragment F{length} on {on} {{ {last} }}"])


def pages(*sizes: str) -> str:
    """Pages of activities within each other's member, of these sizes."""
    inside = "{ id market status displayName timeZone }"
    for size in sizes:
        inside = f"{{ activities({size}) {{ edges {{ node {{ member {inside} }} }} }} }}"
    return f"{{ me {inside} }}"


SIZES: Mapping[str, str] = {
    "one alias too many": f"{{ {many(201, 'a#: __typename')} }}",
    "a mutation under many aliases": f"mutation {{ {many(110, f'a#: {LOGIN}')} }}",
    "a page under many aliases": f"{{ {many(100, f'a#: {PAGE}')} }}",
    "directives on one field": f"{{ me {many(101, '@skip(if: false)')} {{ id }} }}",
    "a directive on each of many fields": f"{{ {many(150, 'a#: __typename @skip(if: true)')} }}",
    "directives on an operation": f"query {many(101, '@a#')} {{ me {{ id }} }}",
    "directives on a variable": f"query ($v: Int {many(101, '@a#')}) {{ me {{ id }} }}",
    "directives on spreads": f"{{ {many(101, '...F0 @include(if: true)')} }} {chain(0, 'me { id }')}",
    "fan-out of fragments": f"mutation {{ ...F0 }} {chain(25, LOGIN, 2, 'Mutation')}",
    "wide fan-out of fragments": f"{{ ...F0 }} {chain(4, 'me { id }', 90)}",
    "fan-out of fragments with pages": f"{{ ...F0 }} {chain(9, PAGE, 8)}",
    "inline fragments by the hundred": f"{{ {many(300, '... { a: me }')} }}",
    "one field many times": f"{{ {many(60, '__typename')} }}",
    "many levels": nested(22, "{ me ", "{ id }", "}"),
    "many operations": many(11, "query Q# { me { id } }"),
    "many fragments": "{ ...F0 } " + chain(101, "me { id }"),
    "many fragments that nothing spreads": "{ me { id } } " + many(101, "fragment F# on Query { me { id } }"),
    "a huge fragment that nothing spreads": "{ me { id } } " + chain(20, "me { id }", 3),
    "a long name": f"{{ {'x' * 50_000} }}",
    "a long string": f'{{ node(id: "{"x" * 70_000}") {{ id }} }}',
    "a long block string": '{ node(id: """' + "\n  x" * 20_000 + '""") { id } }',
    "pages within pages": pages("first: 100", "first: 100"),
    "pages within pages within pages": pages("first: 100", "first: 100", "first: 100"),
    "pages by the default of a variable": BY_VARIABLE + pages(*["first: $n"] * 2),
    "pages behind a null": pages(*["first: null, last: 100"] * 3),
    "pages without a size": pages("after: null", "after: null", "after: null"),
    "a page over a billion": pages("first: 999999999", "first: 999999999"),
    "a flood of ids": f"{{ nodes(ids: [{many(1_500, '1')}]) {{ id __typename a: id b: id c: id }} }}",
    "the schema under many aliases": f"{{ {many(40, 'a#: __schema { types { fields { name args { name } } } }')} }}",
    "all types under many aliases": f"{{ __schema {{ {many(60, 'a#: types { name fields { name } }')} }} }}",
    "one type under many aliases": f"{{ {many(80, f'a#: {TYPE}')} }}",
}

UNREADABLE: Mapping[str, str] = {
    "too many tokens": f"{{ {many(2_000, 'me')} }}",
    "too many comments": "#\n" * 501 + "{ me { id } }",
    "fields as deep as they go": nested(990, "{ a", "", "}"),
    "lists as deep as they go": f"{{ nodes(ids: {nested(950, '[', '', ']')}) {{ id }} }}",
    "objects as deep as they go": f"{{ node(id: {nested(450, '{a:', '1', '}')}) {{ id }} }}",
    "a type as deep as it goes": f"query ($v: {nested(950, '[', 'Int', ']')}) {{ me {{ id }} }}",
    "inline fragments as deep as they go": nested(480, "{ ...", "{ me { id } }", "}"),
    "nothing but a comment": "# nothing",
    "a NUL": "{ me { id\0 } }",
    "control characters": "{ me { \x07\x1b[2J id } }",
    "text that turns round": "{ me { \u202eid } }",
    "half a character, escaped": '{ node(id: "\\uD800") { id } }',
    "a string that never ends": '{ node(id: "' + "x" * 1_000,
    "a block string that never ends": '{ node(id: """' + "x\n" * 1_000,
    "a document of braces": "{" * 1_999,
    "SQL in the place of a document": "'; DROP TABLE member; --",
}

INVALID: Mapping[str, str] = {
    "a circle of one fragment": "{ ...A } fragment A on Query { ...A }",
    "a circle of two fragments": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    "a circle of many fragments": f"{{ ...F0 }} {chain(90, '...F0')}",
    "a circle that nothing enters": "{ me { id } } fragment A on Query { me { id } ...A }",
    "fragments that overlap": f"{{ {many(90, '...F#')} }} {many(90, 'fragment F# on Query { x: node(id: #) { id } }')}",
    "fragments that overlap further down": f"{{ me {{ {many(60, '...F#')} }} }} "
    + many(60, "fragment F# on Member { activities(first: #) { edges { node { id } } } }"),
    "inline fragments that overlap": f"{{ {many(49, '... { x: node(id: #) { id } }')} }}",
    "directives that nobody knows": f"{{ me {many(90, '@a#')} {{ id }} }}",
    "arguments that nobody knows": f"{{ me({many(480, 'a#: 1')}) {{ id }} }}",
    "fields that nobody knows": f"{{ {many(900, 'x#')} }}",
    "fragments that are not there": f"{{ {many(90, '...F#')} }}",
    "variables that are not there": f"{{ {many(120, 'a#: node(id: $v#) { id }')} }}",
    "variables that nobody uses": f"query ({many(300, '$v#: Int')}) {{ me {{ id }} }}",
    "an argument twice": f"mutation {{ {LOGIN.replace('(input', '(input: null, input')} }}",
    "a key of an input twice": f"mutation {{ {LOGIN.replace('deviceId', 'deviceId: 1, deviceId')} }}",
    "an operation's name twice": f"query Q {{ me {{ id }} }} mutation Q {{ {LOGIN} }}",
    "a variable twice": "query ($v: ID!, $v: ID!) { node(id: $v) { id } }",
    "a fragment twice": "{ ...A } fragment A on Query { me { id } } fragment A on Query { markets { code } }",
    "a key named __proto__": f"mutation {{ {LOGIN.replace('{idem', '{__proto__: {admin: true}, idem')} }}",
    "a field named constructor": "{ constructor { prototype } }",
    "guessing at names": f"{{ {many(300, 'mem#ber')} passwor secre tokn }}",
    "introspection that goes round": ROUND % nested(5, "fields { type { ", "name", "} }"),
    "a later part of the answer": "{ me { id ... @defer { displayName } } }",
    "a list in parts": "{ markets @stream { code } }",
    "a byte order mark in the middle": "{ me { id \ufeff nope } }",
    "a schema in the place of a document": "type Query { hacked: String }",
    "an extension of the schema": f"extend type Mutation {{ hacked: String }} mutation {{ {LOGIN} }}",
    "two subscriptions in one": "subscription { balanceChanged { available } activityRecorded { kind } }",
    "a mutation within a query": f"{{ me {{ id }} {LOGIN} }}",
    "a number of 5,000 digits": f"{{ me {{ activities(first: {'9' * 5_000}) {{ edges {{ cursor }} }} }} }}",
    "a fraction of 5,000 digits": f"{{ me {{ activities(first: 0.{'9' * 5_000}) {{ edges {{ cursor }} }} }} }}",
    "a fraction for a whole number": "{ me { activities(first: 1e999999) { edges { cursor } } } }",
    "a price beyond all numbers": "{ quoteEarning(order: {currency: EUR, lines: "
    '[{sku: "a", unitPrice: "1e999999999"}]}) { points } }',
}

DOCUMENTS = [
    *(Attack(name, "LIMIT_EXCEEDED", sent(text)) for name, text in SIZES.items()),
    *(Attack(name, "GRAPHQL_PARSE_FAILED", sent(text)) for name, text in UNREADABLE.items()),
    *(Attack(name, "GRAPHQL_VALIDATION_FAILED", sent(text)) for name, text in INVALID.items()),
]
