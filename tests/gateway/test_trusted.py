"""Are trusted documents in force while they are trusted, and does what is remembered stay small?"""

import asyncpg
import pytest
from graphql import build_schema

from app.gateway.asked import Asked
from app.gateway.documents import CACHED_TOKENS, MOST_IDS, TRUSTED_S, Document, Documents, InvalidDocument, Lookup
from app.gateway.faults import Fault
from tests.gateway.lookups import Trusted, Watch

ASK = "{ greeting }"
SCHEMA = build_schema("type Query { greeting: String }")


async def by_id(documents: Documents, document_id: str) -> Document:
    """The document of an id."""
    return await documents.asked(Asked(None, document_id, {}, None))


def memory(trusted: Lookup, watch: Watch) -> Documents:
    """An empty memory that runs trusted documents only."""
    return Documents(
        SCHEMA, introspection=False, suggestions=False, trusted=trusted, trusted_only=True, monotonic=watch
    )


async def test_a_removed_document_is_run_for_another_minute_at_most() -> None:
    trusted, watch = Trusted(greeting=ASK), Watch()
    documents = memory(trusted, watch)
    first = await by_id(documents, "greeting")

    watch.seconds += TRUSTED_S - 1
    assert await by_id(documents, "greeting") is first
    assert trusted.looked_up == 1
    watch.seconds += 1
    assert await by_id(documents, "greeting") is first
    assert trusted.looked_up == 2
    del trusted.texts["greeting"]
    watch.seconds += TRUSTED_S

    for document_id in ("greeting", first.sha256):
        with pytest.raises(InvalidDocument) as refused:
            await by_id(documents, document_id)
        assert refused.value.code == "DOCUMENT_NOT_TRUSTED"


async def test_a_document_that_is_loaded_is_known_at_once() -> None:
    trusted = Trusted()
    documents = memory(trusted, Watch())
    with pytest.raises(InvalidDocument):
        await by_id(documents, "greeting")

    trusted.texts["greeting"] = ASK

    assert (await by_id(documents, "greeting")).text == ASK


async def test_a_trusted_document_that_the_schema_does_not_fit_any_more_is_refused() -> None:
    with pytest.raises(InvalidDocument) as refused:
        await by_id(memory(Trusted(gone="{ gone }"), Watch()), "gone")

    assert refused.value.code == "GRAPHQL_VALIDATION_FAILED"


async def test_a_table_that_cannot_be_reached_is_said_so() -> None:
    async def lost(document_id: str) -> str | None:
        raise asyncpg.ConnectionDoesNotExistError

    with pytest.raises(Fault) as fault:
        await by_id(memory(lost, Watch()), "greeting")
    assert (fault.value.status, fault.value.code) == (503, "UNAVAILABLE")


async def test_the_ids_and_the_texts_that_are_remembered_are_bounded() -> None:
    trusted = Trusted(first=ASK)
    documents = memory(trusted, Watch())
    await by_id(documents, "first")

    trusted.texts |= {str(number): ASK for number in range(MOST_IDS)}
    for number in range(MOST_IDS):
        await by_id(documents, str(number))
    looked_up = trusted.looked_up
    await by_id(documents, str(MOST_IDS - 1))
    await by_id(documents, "first")

    assert trusted.looked_up == looked_up + 1


def test_a_long_text_takes_the_room_of_many_tokens() -> None:
    documents = Documents(SCHEMA, introspection=False, suggestions=False)
    first = documents.find(ASK)
    padded = [f"#{number}{'x' * 39_000}\n{ASK}" for number in range(CACHED_TOKENS // 300)]

    for text in padded:
        documents.find(text)

    assert documents.find(ASK) is not first
    assert documents.find(padded[-1]).weight > 300
