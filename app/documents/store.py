"""Which documents are trusted?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.database import Db, connection, rows, value

_KEEP = """
INSERT INTO trusted_document (id, text, operation, loaded_at)
SELECT id, text, operation, now() FROM unnest($1::text[], $2::text[], $3::text[]) AS d (id, text, operation) ORDER BY id
ON CONFLICT (id) DO NOTHING RETURNING id
"""
_OTHERS = """
SELECT t.id FROM trusted_document t JOIN unnest($1::text[], $2::text[]) AS d (id, text) USING (id)
WHERE t.text <> d.text ORDER BY t.id
"""
_LISTED = "SELECT id, operation, loaded_at FROM trusted_document WHERE id > $1 ORDER BY id LIMIT $2"


@dataclass(frozen=True)
class Trusted:
    """A document that may be named by its id; `operation` is the name of its first operation, None without one."""

    id: str
    text: str
    operation: str | None


@dataclass(frozen=True)
class Listed:
    """A trusted document as it is told to people."""

    id: str
    operation: str | None
    loaded_at: datetime

    def __str__(self) -> str:
        return f"{self.id} {self.operation or '-'} {self.loaded_at:%Y-%m-%dT%H:%M:%SZ}"


async def find(document_id: str) -> str | None:
    """The text of a trusted document."""
    text: str | None = await value(connection(), "SELECT text FROM trusted_document WHERE id = $1", document_id)
    return text


async def keep(db: Db, documents: Iterable[Trusted]) -> int:
    """Stores those that are not there yet; how many. What is there under an id stays: see `others`."""
    given = [(each.id, each.text, each.operation) for each in documents]
    return len(await rows(db, _KEEP, *(list(column) for column in zip(*given, strict=True)))) if given else 0


async def others(db: Db, documents: Iterable[Trusted]) -> list[str]:
    """The ids under which another text is stored."""
    given = list(documents)
    found = await rows(db, _OTHERS, [each.id for each in given], [each.text for each in given])
    return [str(row["id"]) for row in found]


async def listed(db: Db, *, after: str, most: int) -> list[Listed]:
    """At most so many trusted documents in the order of their ids, from behind `after` on."""
    return [Listed(row["id"], row["operation"], row["loaded_at"]) for row in await rows(db, _LISTED, after, most)]


async def remove(db: Db, document_id: str) -> bool:
    """Deletes a document; was it there? A running server may run it for another minute: see `app.gateway.documents`."""
    return bool(await rows(db, "DELETE FROM trusted_document WHERE id = $1 RETURNING id", document_id))
