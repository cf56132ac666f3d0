"""Does a plan answer the documents that are hard to get right exactly as graphql-core does?"""

import pytest
from graphql import parse

from tests.execution.cases import CASES
from tests.execution.differences import compiled, differences
from tests.execution.world import World
from tests.execution.zoo import thing

SHARED = compiled()


@pytest.mark.filterwarnings("ignore:.*was never awaited", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("case", CASES)
async def test_a_document_is_answered_alike(case: str) -> None:
    document, variables, wild, name = CASES[case]

    assert await differences(document, variables, wild=wild, name=name, executor=SHARED) == []


async def test_plans_meet_errors_of_many_kinds_and_leave_no_coroutine_behind() -> None:
    messages = set()
    for document, variables, wild, name in CASES.values():
        result = await SHARED.execute(
            parse(document), variables=dict(variables or {}), operation_name=name, context=World(thing, wild)
        )
        messages |= {error.message[:20] for error in result.errors or ()}

    assert len(messages) >= 15
