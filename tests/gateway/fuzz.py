"""What could anybody ask that the schema allows, or nearly, and is every answer to it clean?"""

import math
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx
import schemathesis
from graphql import ValueNode, introspection_from_schema
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.graphql import nodes

from app.api.schema import build_schema
from tests.api.matrix import may
from tests.gateway.target import Answer, internals_in

ROLES = ("member", "service", "staff")
LAST = "Mutation.advanceClock"  # whatever comes after it is asked in another time
TELLING = ("id", "code", "slug", "reference", "orderId", "miAccountId", "cursor")
SEEN = """
{ me { id miAccountId
    activities(first: 50) { edges { cursor node { id code reference } } }
    statement(first: 20) { edges { cursor node { id } } }
    coupons(first: 20) { edges { cursor node { id code orderId } } }
    reservations(first: 20) { edges { node { id orderId } } } }
  couponOffers(first: 20) { edges { cursor node { id } } }
  campaigns(first: 20) { edges { cursor node { id slug } } } }
"""
ODD = ("", " ", "a\0b", "\u202e", "💥" * 40, "x" * 300, "'; --", "%_", "../..", "\ufeff", "null", "1e5", "-1")
PRICES = ("0", "-1.00", "0.001", "1e9", "NaN", "Infinity", "-0", "9" * 30, "99999999999.99", "")
ENDS = ("0001-01-01T00:00:00", "1999-12-31T23:59:59", "2199-12-31T23:59:59", "9999-12-31T23:59:59")
ADDRESSES = ("https://social.example/1", "javascript:alert(1)", "http://[", "http://127.0.0.1:1/", "x" * 3_000)
FOREIGN = re.compile(r"\b(currency|market): [A-Z]+")
SERVED = {"currency": "EUR", "market": "ES"}


@dataclass(frozen=True)
class Case:
    """A document, which root field it is about, and the role of who sends it."""

    label: str
    role: str
    document: str


def words_in(answer: Any) -> list[str]:
    """The names of things that an answer tells."""
    if isinstance(answer, list):
        return [word for part in answer for word in words_in(part)]
    if not isinstance(answer, dict):
        return []
    own = [value for name, value in answer.items() if name in TELLING and isinstance(value, str)]
    return own + [word for part in answer.values() for word in words_in(part)]


def teach(words: Sequence[str]) -> None:
    """Has names be drawn from these and odd ones, and numbers and times mostly from those that mean something."""
    names = st.one_of(st.sampled_from(words), st.uuids().map(str), st.sampled_from(ODD), st.text(max_size=40))
    days = st.dates(date(2025, 1, 1), date(2028, 1, 1))
    instants = st.one_of(st.builds("{}T{:02}:30:00".format, days, st.integers(0, 23)), st.sampled_from(ENDS))
    prices = st.one_of(st.integers(0, 50_000).map(lambda minor: f"{minor / 100:.2f}"), st.sampled_from(PRICES))
    small = st.one_of(st.integers(-1, 120), st.sampled_from([0, 1_000, 10**5, 2**31 - 1, -(2**31)]))
    scalars: dict[str, st.SearchStrategy[ValueNode]] = {
        "ID": names.map(nodes.String),
        "String": names.map(nodes.String),
        "JSON": names.map(nodes.String),
        "Int": small.map(nodes.Int),
        "BigInt": st.one_of(small, st.just(2**63)).map(lambda number: nodes.String(str(number))),
        "Decimal": prices.map(nodes.String),
        "Date": st.dates(date(1920, 1, 1), date(2030, 1, 1)).map(lambda day: nodes.String(str(day))),
        "DateTime": instants.map(lambda at: nodes.String(f"{at}Z")),
        "LocalDateTime": instants.map(lambda at: nodes.String(at[:16])),
        "URL": st.sampled_from(ADDRESSES).map(nodes.String),
    }
    for name, strategy in scalars.items():
        schemathesis.graphql.scalar(name, strategy)


def cases(words: Sequence[str], many: int, number: int) -> list[Case]:
    """So many documents about all queries and mutations; every third does not fit the schema.

    The same `number` gives the same cases, in the same order.
    """
    teach(words)
    schema = schemathesis.graphql.from_dict(dict(introspection_from_schema(build_schema("development")._schema)))
    operations = [fields[name] for fields in map(schema.__getitem__, schema) for name in fields]
    of_one = math.ceil(1.1 * many / len(operations))  # of a field without arguments there are few
    made: list[Case] = []
    for operation in operations:
        sound = drawn(operation.as_strategy(generation_mode=GenerationMode.POSITIVE), of_one - of_one // 3, number)
        wrong = drawn(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE), of_one // 3, number)
        made += [
            Case(operation.label, role_of(operation.label, at), document)
            for at, document in enumerate([*sound, *wrong])
        ]
    random.Random(number).shuffle(made)
    return sorted(made[:many], key=lambda case: case.label == LAST)


def role_of(label: str, at: int) -> str:
    """The roles in turn; three times of four one that may ask for the field."""
    roles = may(*label.split(".")).split()
    allowed = [role for role in ROLES if role in roles] or ROLES
    return ROLES[at % len(ROLES)] if at % 4 == 3 else allowed[at % len(allowed)]


def drawn(strategy: st.SearchStrategy[Any], many: int, number: int) -> list[str]:
    """So many documents; in every other one, markets and currencies are those that are served."""
    documents: list[str] = []

    @seed(number)
    @settings(
        max_examples=many,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def collect(case: Any) -> None:
        served = FOREIGN.sub(lambda found: f"{found[1]}: {SERVED[found[1]]}", case.body)
        documents.append(served if len(documents) % 2 else case.body)

    if many:
        collect()
    return documents


def sent(http: httpx.Client, token: str, case: Case) -> Answer:
    """The answer to a case."""
    answer = http.post("/graphql", json={"query": case.document}, headers={"Authorization": f"Bearer {token}"})
    return Answer(answer.status_code, answer.text)


def faults_of(answer: Answer) -> Iterator[str]:
    """What is not clean about an answer: a failure of ours, or what it tells of our inside."""
    if answer.status >= 500:
        yield f"the status is {answer.status}"
    if "INTERNAL" in answer.codes:
        yield "something unexpected happened"
    yield from (f"it tells of {inside}" for inside in internals_in(answer.text))
