"""Which documents use the most CPU that they can, before they are refused or found sound?"""

from collections.abc import Mapping

ESCAPES = "\\n" * 17_000
CONFUSABLE = "AdjustPointsInputPayloadConnection"


def many(number: int, text: str, between: str = " ") -> str:
    """So many times the text, # being the number of each."""
    return between.join(text.replace("#", str(at)) for at in range(number))


def within(depth: int, opening: str, inside: str, closing: str) -> str:
    """`inside` with so many of the opening before it and of the closing behind it."""
    return opening * depth + inside + closing * depth


def spreading(number: int, on: str, inside: str) -> str:
    """A member's fragments, all spread in one place."""
    return f"{{me{{{many(number, '...F#')}}}}}{many(number, f'fragment F# on {on}{{{inside}}}')}"


def chained(number: int, spreads: str, last: str) -> str:
    """Fragments that each spread the next one; > is the next one's number."""
    links = (f"fragment F{at} on Query{{{spreads.replace('>', str(at + 1))}}}" for at in range(number - 1))
    return f"{{...F0}}{''.join(links)}fragment F{number - 1} on Query{{{last}}}"


def every_pair(number: int) -> str:
    """Fragments that each spread all that come after them."""
    spreads = (" ".join(f"...F{later}" for later in range(at + 1, number)) for at in range(number))
    return "{...F0}" + "".join(f"fragment F{at} on Query{{{each} me{{id}}}}" for at, each in enumerate(spreads))


FRAGMENTS: Mapping[str, str] = {
    "a fan-out of 2 to the 60th": chained(61, "...F> ...F>", "me{id}"),
    "a chain": chained(100, "...F>", "me{id}"),
    "a circle": "{...F0}" + "".join(f"fragment F{at} on Query{{...F{(at + 1) % 99}}}" for at in range(99)),
    "every fragment in every later one": every_pair(40),
    "a hundred at one place": spreading(100, "Member", "balance{available}"),
    "the same deep fields in fifty": spreading(50, "Member", "activities{edges{node{...on Activity{title}}}}"),
    "a Relay app that asks the same sixty times": spreading(60, "Member", "id market balance{available pending}"),
    "inline, in each other": "{" + many(2, within(190, "...on Query{", "me{id}", "}")) + "}",
    "inline, side by side": "{" + many(320, "...on Query{__typename}") + "}",
    "spread by each of ten operations": many(10, f"query Q#({many(30, '$v#:ID!').replace('#', '')}){{...F}}")
    + f"fragment F on Query{{nodes(ids:[{many(300, '$v1')}]){{id}}}}",
}
FIELDS: Mapping[str, str] = {
    "the same one many times": "{" + many(50, "me{id}") + "}",
    "the same deep one many times": "{" + many(50, "me{activities{edges{node{awards{posted}}}}}") + "}",
    "two that contradict each other": "{me{" + many(25, "a:id a:market") + "}}",
    "deep ones that contradict each other": "{" + many(25, "a:me{b:id c:market} a:me{b:market c:id}") + "}",
    "with the same long arguments": "{"
    + many(30, f'me{{coupons(after:"{"x" * 1_200}"){{pageInfo{{endCursor}}}}}}')
    + "}",
    "under aliases": "{me{" + many(130, "a#:coupons(first:1){edges{cursor}}") + "}}",
    "that do not exist": "{" + many(600, "w#") + "}",
    "with the same argument many times": "{node(" + many(600, "id:1") + "){id}}",
    "with unknown arguments": "{node(" + many(600, "a#:1") + "){id}}",
    "under directives": "{" + many(100, "a#:__typename@include(if:true)") + "}",
    "under unknown directives": "{__typename" + many(100, "@" + "d" * 100 + "#") + "}",
    "all of the schema": "{__schema{types{fields{args{type{name}} type{fields{name}}}}}}",
    "of types of fields of types": "{__schema{types{" + within(7, "fields{type{", "name", "}}") + "}}}",
}
VALUES: Mapping[str, str] = {
    "a list": "{nodes(ids:[" + many(1_900, "1") + "]){id}}",
    "a list of strings": "{nodes(ids:[" + many(1_900, '"abcdefghij\\n"') + "]){id}}",
    "a list of blocks": "{nodes(ids:[" + many(1_900, '"""\n a"""', "") + "]){id}}",
    "a list of the wrong kind": "{node(id:[" + many(1_900, "1") + "]){id}}",
    "many lists of the wrong kind": "{" + many(21, "node(id:[" + many(80, "1") + "]){id}") + "}",
    "lists in lists": "{nodes(ids:[" + many(4, within(190, "[", "", "]")) + "]){id}}",
    "objects in objects": "mutation{redeemCoupon(input:" + within(190, "{a:", "1", "}") + "){userErrors{code}}}",
    "an object of unknown fields": "mutation{redeemCoupon(input:{" + many(600, "a#:1") + "}){userErrors{code}}}",
    "an object of the same fields": "mutation{redeemCoupon(input:{" + many(600, "offerId:1") + "}){userErrors{code}}}",
    "an object with 39,000 characters": "mutation{redeemCoupon(input:{"
    + many(300, f"a#:{'1' * 120}")
    + "}){userErrors{code}}}",
    "unknown enum values": "{me{activities(kinds:[" + many(900, "PURCHASX#") + "]){edges{cursor}}}}",
    "an integer of 39,000 digits": "{me{coupons(first:" + "9" * 39_000 + "){edges{cursor}}}}",
    "an id of 39,000 digits": "query($i:[ID!]!=[" + "9" * 39_000 + "]){nodes(ids:$i){id}}",
    "a string of escapes": '{node(id:"' + ESCAPES + '"){id}}',
    "a string of unicode escapes": '{node(id:"' + "\\u0041" * 6_500 + '"){id}}',
    "a block of quotes": '{node(id:"""' + '\\"""' * 9_700 + '"""){id}}',
    "a block of lines": '{node(id:"""' + "\n   a" * 1_990 + '"""){id}}',
}
TEXTS: Mapping[str, str] = {
    "a comment": "#" + "é" * 39_000 + "\n{me{id}}",
    "comments": "#\n" * 499 + "{me{id}}",
    "byte order marks": "\ufeff" * 39_000 + "{me{id}}",
    "lines before errors": "\n" * 1_990 + "{" + many(25, "w#") + "}",
    "lines before contradictions": "\r\n" * 1_990 + "{me{" + many(25, "a:id a:market") + "}}",
    "commas": "," * 39_000 + "{me{id}}",
    "variables that nothing uses": "query(" + many(490, "$v#:Int") + "){me{id}}",
    "variables of the wrong kind": f"query({many(330, '$v#:ID')}){{nodes(ids:[{many(330, '$v#')}]){{id}}}}",
    "variables that no operation declares": many(10, "query Q#{...F}")
    + "fragment F on Query{nodes(ids:["
    + many(900, "$v#")
    + "]){id}}",
    "variables of unknown types": "query(" + many(21, f"$v#:{CONFUSABLE[:22]}#") + "){me{id}}",
    "unknown types": "{" + many(45, f"...on {CONFUSABLE[:22]}#{{__typename}}") + "}",
    "types that are defined": many(230, "type T#{a:Int}") + "{me{id}}",
    "descriptions": many(600, '"""d"""scalar T#') + "{me{id}}",
    "operations": many(10, "query Q#{me{id}}"),
    "all at once": spreading(48, "Member", "id market balance{available pending}").replace(
        "{me{", f'{{node(id:"{ESCAPES}"){{id}}nodes(ids:[{many(500, "1")}]){{id}}me{{'
    ),
    "unknown types and a string of escapes": "{"
    + many(45, f"...on {CONFUSABLE[:22]}#{{__typename}}")
    + f'node(id:"{ESCAPES}"){{id}}}}',
}
NASTY: Mapping[str, str] = {
    f"{kind}: {name}": document
    for kind, documents in (("fragments", FRAGMENTS), ("fields", FIELDS), ("values", VALUES), ("text", TEXTS))
    for name, document in documents.items()
}
