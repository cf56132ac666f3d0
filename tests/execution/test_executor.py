"""When is a plan made, for how long is it kept, and what stays out of its source?"""

import gc
from typing import Any

import pytest
import strawberry
from graphql import DocumentNode, GraphQLObjectType, parse
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from app.execution import executor as executing
from app.execution.executor import MOST_VARIANTS, Executor
from app.execution.source import Source
from tests.execution.world import World
from tests.execution.zoo import Query, schema, thing


def guard(_context: Any, _root: GraphQLObjectType, _name: str) -> Exception | None:
    return None


def plans(executor: Executor, document: DocumentNode, name: str | None = None) -> int:
    """How many plans an executor has for an operation."""
    operation = executor._operation(document, name)
    assert operation is not None
    return sum(plan is not None for plan in operation.plans.values())


async def run(executor: Executor, document: DocumentNode, **variables: Any) -> Any:
    return await executor.execute(document, variables=variables, context=World(thing))


async def test_a_plan_is_made_when_an_operation_runs_for_the_second_time() -> None:
    executor, document = Executor(schema, guard=guard), parse("{ thing { id } }")

    first = await run(executor, document)
    assert plans(executor, document) == 0
    second = await run(executor, document)

    assert plans(executor, document) == 1
    assert first == second


async def test_variants_have_plans_of_their_own_up_to_a_limit() -> None:
    switches = [f"s{number}" for number in range(4)]
    declared = ", ".join(f"${name}: Boolean!" for name in switches)
    fields = " ".join(f"{name}: id @skip(if: ${name})" for name in switches)
    document = parse(f"query ({declared}) {{ thing {{ name {fields} }} }}")
    executor = Executor(schema, guard=guard, runs_before=0)

    for chosen in range(16):
        given = {name: bool(chosen >> number & 1) for number, name in enumerate(switches)}
        answer = await run(executor, document, **given)
        assert list(answer.data["thing"]) == ["name", *(name for name in switches if not given[name])]

    assert plans(executor, document) == MOST_VARIANTS


async def test_plans_go_with_their_document() -> None:
    executor, document = Executor(schema, guard=guard, runs_before=0), parse("{ thing { id } }")
    await run(executor, document)
    assert len(executor._documents) == 1

    del document
    gc.collect()
    await run(executor, kept := parse("{ thing { name } }"))

    assert len(executor._documents) == 1
    assert plans(executor, kept) == 1


async def test_the_plans_of_the_documents_not_asked_for_longest_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executing, "MOST_FIELDS", 20)
    executor = Executor(schema, guard=guard, runs_before=0)
    documents = [parse(f"{{ thing {{ {'id name count ' * 2} a{number}: id }} }}") for number in range(10)]

    for document in documents:
        await run(executor, document)

    kept = [document for document in documents if id(document) in executor._documents]
    assert kept == documents[-4:]


async def test_an_operation_of_too_many_fields_is_left_to_graphql_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.execution.plans.MOST_FIELDS", 10)
    executor = Executor(schema, guard=guard, runs_before=0)
    document = parse("{ thing { " + " ".join(f"a{number}: id" for number in range(12)) + " } }")

    answer = await run(executor, document)

    assert len(answer.data["thing"]) == 12
    assert plans(executor, document) == 0


async def test_a_type_that_makes_it_too_many_fields_is_left_to_graphql_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.execution.plans.MOST_FIELDS", 4)
    executor = Executor(schema, guard=guard, runs_before=0)
    document = parse("{ thing { named { name shout ... on Dog { color lives } } } }")

    for _ in range(2):
        answer = await run(executor, document)

        assert answer.data == {"thing": {"named": {"name": "dog 1", "shout": "DOG 1", "color": "RED", "lives": 1}}}


async def test_fragments_with_arguments_are_left_to_graphql_core() -> None:
    executor = Executor(schema, guard=guard, runs_before=0)
    text = "{ thing { ...F(many: 1) } } fragment F($many: Int!) on Thing { things(first: $many) { id } }"
    document = parse(text, experimental_fragment_arguments=True)

    answer = await run(executor, document)

    assert answer.data == {"thing": {"things": [{"id": "11"}]}}
    assert plans(executor, document) == 0


async def test_an_operation_nested_deeper_than_python_goes_is_left_to_graphql_core() -> None:
    executor = Executor(schema, guard=guard, runs_before=0)
    document = parse("{ thing { " + "child { " * 150 + "id" + " }" * 150 + " } }")

    answer = await run(executor, document)

    assert answer.errors is None


async def test_nothing_of_a_document_stands_in_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[str] = []
    right = Source.make

    def make(self: Source) -> Any:
        texts.extend(self._texts)
        return right(self)

    monkeypatch.setattr(Source, "make", make)
    executor = Executor(schema, guard=guard, runs_before=0)
    document = parse(
        """query Secret($secretVariable: String = "secretDefault") { secretAlias: thing { told(text: "secretText")
        other: told(text: $secretVariable) named { ...SecretFragment } } }
        fragment SecretFragment on Named { secretName: name __typename }"""
    )

    answer = await run(executor, document)

    assert "secretDefault" in answer.data["secretAlias"]["other"]
    assert texts
    assert not any("secret" in text.lower() for text in texts)


async def test_a_fault_of_the_compiler_is_none_of_the_operation(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Source, "make", lambda _self: 1 / 0)
    executor = Executor(schema, guard=guard, runs_before=0)

    answer = await run(executor, parse("{ thing { id } }"))

    assert answer.data == {"thing": {"id": "1"}}
    assert "an operation could not be compiled" in caplog.text


class Careful(StrawberryGraphQLCoreExecutionContext):
    """An executor class that might refuse something."""


async def test_without_a_guard_an_executor_class_of_ones_own_runs_everything() -> None:
    careful = strawberry.Schema(Query, execution_context_class=Careful, config=schema.config)
    executor, document = Executor(careful, runs_before=0), parse("{ thing { id } }")

    await run(executor, document)

    assert executor._operation(document, None) is None


async def test_an_exception_outside_of_any_field_is_an_error_without_data() -> None:
    answer = await Executor(schema).execute(parse("subscription { thing { id } }"), context=World(thing))

    assert answer.data is None
    assert answer.errors


@pytest.mark.parametrize("part", ["field_name", "path", "selected_fields", "context", "variable_values", "return_type"])
async def test_an_info_tells_all_that_strawberrys_does(part: str) -> None:
    seen: list[Any] = []

    @strawberry.type
    class Asked:
        @strawberry.field
        def look(self, info: strawberry.Info, n: int = 1) -> int:
            seen.append(
                (getattr(info, part), info.get_argument_definition("n"), info.schema, info.root_value, info.query)
            )
            return n

    asked = strawberry.Schema(Asked)
    document = parse("query ($n: Int = 2) { look(n: $n) other: look }")
    await Executor(asked, runs_before=9).execute(document, context=5, root=7)
    await Executor(asked, runs_before=0).execute(document, context=5, root=7)

    assert len(seen) == 4
    assert seen[:2] == seen[2:]
