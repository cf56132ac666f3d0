"""Does a plan do what rarely written schemas ask for exactly as graphql-core does?"""

import json
from typing import Any

import pytest
from graphql import parse

from app.execution.executor import Executor
from tests.execution.corners import SCHEMAS

KINDS = ("generator", "tuple", "set", "dict", "text", "number")
DOCUMENTS = {
    "permissions": "{ secret laterSecret more: laterSecret(n: 3) }",
    "field extensions": "{ loud b: loud(n: 4) loudLater }",
    "parameters": "{ ofNobody withParent withRoot(size: 3) b: withRoot withOtherInfo }",
    "types that say what they are": "{ shapes { __typename name ... on Square { sides } } square { name sides } }",
    "types that are wrong": "{ square(sides: 3) { name } round(right: false) { name } }",
    "a type that takes time": "{ round { name __typename } }",
    "generic types": """{ boxes { content size }
    either { __typename ... on IntBox { i: content } ... on StrBox { content } } }""",
    "cast objects": "{ sides { __typename ... on Left { side } ... on Right { side } } }",
    "lists that fail before their end": "{ mixed }",
    "enums of lists": "{ listed }",
    "asynchronous lists": "{ counted none: counted(many: 0) wrong: counted(many: 5) countedLater(many: 5) }",
    "lists of all kinds": "{ " + " ".join(f'{kind}: iterated(kind: "{kind}")' for kind in KINDS) + " }",
    "awaitables that were awaited": "{ twiceLater }",
    "errors that do not propagate": "query @experimental_disableErrorPropagation { boxes { content } }",
}


@pytest.mark.parametrize("schema", SCHEMAS)
@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("context", [{}, {"word": 1}], ids=["stranger", "friend"])
async def test_a_corner_is_answered_alike(schema: str, document: str, context: dict[str, Any]) -> None:
    parsed, answers = parse(DOCUMENTS[document]), []

    for runs_before in (9, 0):
        executor = Executor(SCHEMAS[schema], runs_before=runs_before)
        result = await executor.execute(parsed, context=context, root="the root")
        told = sorted((error.message, str(error.path), str(error.locations)) for error in result.errors or ())
        answers.append((json.dumps(result.data), told))

    assert answers[0] == answers[1]
