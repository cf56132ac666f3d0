"""Does a plan answer random documents, over values that go wrong, exactly as graphql-core does?"""

import asyncio

import pytest
from graphql import DocumentNode, print_ast
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.execution.differences import compiled, differences
from tests.execution.documents import valid_documents, variables
from tests.execution.zoo import schema

DOCUMENTS = valid_documents(schema._schema)
SHARED = compiled()
calm = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.mark.filterwarnings("ignore:.*was never awaited", "ignore::pytest.PytestUnraisableExceptionWarning")
@calm
@given(DOCUMENTS, variables(), st.sampled_from([0, 0, 5, 15, 30]))
def test_random_documents_are_answered_alike(document: DocumentNode, given: dict[str, object], wild: int) -> None:
    found = asyncio.run(differences(document, given, wild=wild, executor=SHARED))

    assert found == [], print_ast(document)
