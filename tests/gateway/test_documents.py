"""Are documents remembered, and never too many of them?"""

import pytest
from graphql import build_schema

from app.gateway.documents import CACHED_TOKENS, Documents, InvalidDocument
from app.gateway.limits import MAX_TOKENS


def documents() -> Documents:
    """An empty memory over a schema with one field."""
    return Documents(build_schema("type Query { who(of: [Int!]): String }"), introspection=True, suggestions=True)


def test_a_known_text_is_the_same_document_again() -> None:
    known = documents()

    assert known.find("{ who }") is known.find("{ who }")
    assert known.find("{ who }") is not known.find("{who}")


def test_the_texts_used_last_are_kept_within_the_bound() -> None:
    known = documents()
    first = known.find("query First { who }")
    forgotten = known.find("query Forgotten { who }")

    for number in range(CACHED_TOKENS // MAX_TOKENS + 3):
        assert known.find("query First { who }") is first
        known.find(f"query Q{number} {{ who(of: [{'1 ' * (MAX_TOKENS - 20)}]) }}")

    assert known.find("query Forgotten { who }") is not forgotten


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("#\n" * 1_000 + "{ who }", "GRAPHQL_PARSE_FAILED"),
        ("{ whom }", "GRAPHQL_VALIDATION_FAILED"),
        ("fragment F on Query { who }", "GRAPHQL_VALIDATION_FAILED"),
        ("type T { who: String }", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
def test_an_invalid_text_is_refused_every_time(text: str, code: str) -> None:
    known = documents()

    for _ in range(2):
        with pytest.raises(InvalidDocument) as refused:
            known.find(text)
        assert refused.value.code == code
