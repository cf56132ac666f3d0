"""Is what can be begun ahead begun once, before anything is resolved, and is a failure of it the resolvers' to tell?"""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError, GraphQLObjectType, parse

from app.execution.ahead import BEGIN
from app.execution.executor import Executor
from app.execution.infos import selects

NAMES = frozenset({"deep"})


class Book:
    """The context: what happened, in its order, and what begins."""

    def __init__(self, **fails: Exception) -> None:
        self.told: list[str] = []
        self.fails = fails
        self.started = asyncio.Event()
        self.futures: list[asyncio.Future[None]] = []

    def begin(self, name: str) -> Awaitable[None]:
        self.told.append(f"begin {name}")
        if name in self.fails:
            raise self.fails[name]
        future = asyncio.ensure_future(self._come(name))
        self.futures.append(future)
        return future

    async def _come(self, name: str) -> None:
        self.started.set()
        await asyncio.sleep(0)
        self.told.append(f"there {name}")
        if f"late {name}" in self.fails:
            raise self.fails[f"late {name}"]


def begin_root(info: strawberry.Info[Book, None]) -> Awaitable[None]:
    return info.context.begin("root")


def begin_page(info: strawberry.Info[Book, None], first: int = 3) -> Awaitable[None]:
    return info.context.begin(f"page {first} {selects(info, NAMES)}")


@strawberry.type
class Page:
    deep: int = 1


@strawberry.type
class Root:
    @strawberry.field(description="A page.", metadata={BEGIN: begin_page})
    def page(self, info: strawberry.Info[Book, None], first: int = 3) -> Page:
        info.context.told.append(f"resolve page {first}")
        return Page()

    @strawberry.field
    def plain(self) -> "Root":
        return Root()


@strawberry.type
class Query:
    @strawberry.field(description="The root.", metadata={BEGIN: begin_root})
    def root(self, info: strawberry.Info[Book, None]) -> Root | None:
        info.context.told.append("resolve root")
        return Root()

    @strawberry.field
    def other(self) -> Root:
        return Root()


@strawberry.type
class Mutation:
    @strawberry.field(description="The root.", metadata={BEGIN: begin_root})
    def root(self, info: strawberry.Info[Book, None]) -> Root | None:
        return Root()


schema = strawberry.Schema(Query, Mutation)


async def run(document: str, book: Book, guard: Any = None, **variables: Any) -> Any:
    executor = Executor(schema, guard=guard, runs_before=0)
    return await executor.execute(parse(document), variables=variables, context=book)


async def test_what_is_begun_is_there_before_anything_is_resolved() -> None:
    book = Book()

    answer = await run("{ root { page(first: 5) { deep } } }", book)

    assert answer.errors is None
    assert answer.data == {"root": {"page": {"deep": 1}}}
    assert book.told == [
        *("begin root", "begin page 5 True", "there root", "there page 5 True"),
        *("resolve root", "resolve page 5"),
    ]


async def test_arguments_are_those_of_the_resolver() -> None:
    book = Book()

    await run(
        "query ($n: Int = 7) { root { a: page { __typename } b: page(first: $n) { ...F } } } "
        "fragment F on Page { x: deep }",
        book,
    )

    assert [line for line in book.told if line.startswith("begin")] == [
        "begin root",
        "begin page 3 False",
        "begin page 7 True",
    ]


async def test_below_a_field_that_begins_nothing_nothing_is_begun() -> None:
    book = Book()

    await run("{ other { page { deep } } root { plain { page { deep } } } }", book)

    assert [line for line in book.told if line.startswith("begin")] == ["begin root"]


async def test_a_mutation_begins_nothing_ahead() -> None:
    book = Book()

    await run("mutation { root { page { deep } } }", book)

    assert book.told == ["resolve page 3"]


async def test_a_field_that_may_not_be_asked_for_begins_nothing_nor_does_what_is_below_it() -> None:
    book = Book()

    def guard(_context: Any, _root: GraphQLObjectType, name: str) -> Exception | None:
        return GraphQLError("no") if name == "root" else None

    answer = await run("{ root { page { deep } } }", book, guard)

    assert answer.data == {"root": None}
    assert book.told == []


@pytest.mark.parametrize("where", ["root", "late root", "page 3 True", "late page 3 True"])
async def test_whoever_fails_ahead_is_the_resolvers_affair(where: str) -> None:
    book = Book(**{where: GraphQLError("not now")})

    answer = await run("{ root { page { deep } } }", book)

    assert answer.errors is None
    assert answer.data == {"root": {"page": {"deep": 1}}}
    assert book.told[-2:] == ["resolve root", "resolve page 3"]


async def test_who_goes_away_leaves_nothing_behind_that_was_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    book = Book()

    async def never(self: Book, name: str) -> None:
        self.started.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(Book, "_come", never)
    asking = asyncio.create_task(run("{ root { page { deep } } }", book))
    await book.started.wait()
    asking.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asking
    await asyncio.sleep(0)
    assert [future.cancelled() for future in book.futures] == [True, True]
