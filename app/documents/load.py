"""Which documents do these manifests bring, and may all of them be trusted?"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from app.database import Db
from app.documents.store import Trusted, keep, others

APOLLO = "apollo-persisted-query-manifest"
FILE_BYTES = 20_000_000
MOST_DOCUMENTS = 10_000
FORMS = f'It is a manifest of Apollo ("format": "{APOLLO}", "version": 1), or an object of texts by their ids.'


@dataclass(frozen=True)
class Judged:
    """What a document was found to be: the name of its first operation, or why it cannot be run."""

    operation: str | None
    faults: tuple[str, ...] = ()


Judge = Callable[[str, str], Judged]  # of an id and a text


class Untrusted(Exception):
    """Nothing was loaded; `faults` name each document and what is wrong with it."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def sound_documents(files: Sequence[Path], judge: Judge) -> list[Trusted]:
    """The documents of all files, each judged. Raises Untrusted with every fault of every one."""
    texts: dict[str, str] = {}
    faults: list[str] = []
    sound: list[Trusted] = []
    for file in files:
        try:
            brought = dict(_brought(file, texts))
        except ValueError as error:
            faults.append(f"{file.name}: {error}")
            continue
        for document_id, text in brought.items():
            judged = judge(document_id, text)
            faults += [f"{file.name}: {document_id}: {fault}" for fault in judged.faults]
            sound.append(Trusted(document_id, text, judged.operation))
        texts |= brought
    if len(texts) > MOST_DOCUMENTS:
        faults.append(f"At most {MOST_DOCUMENTS} documents are loaded at once, here are {len(texts)}.")
    if faults:
        raise Untrusted(faults)
    return sound


async def load(db: Db, documents: Sequence[Trusted]) -> int:
    """Stores documents within the caller's transaction; how many are new. Raises Untrusted: roll back then."""
    stored = await keep(db, documents)
    if taken := await others(db, documents):
        raise Untrusted([f"{document_id}: another text is trusted under this id." for document_id in taken])
    return stored


def _brought(file: Path, before: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The new documents of a file; raises ValueError where it is none that we know."""
    seen = dict(before)
    for document_id, text in _read(file):
        if not isinstance(document_id, str) or not isinstance(text, str):
            raise ValueError(f"an id or a text is not a string. {FORMS}")
        document_id = document_id.removeprefix("sha256:")  # as requests are read
        if seen.setdefault(document_id, text) != text:
            raise ValueError(f"{document_id}: two different texts have this id.")
        if document_id not in before:
            yield document_id, text


def _read(file: Path) -> list[tuple[Any, Any]]:
    if file.stat().st_size > FILE_BYTES:
        raise ValueError(f"a file has at most {FILE_BYTES} bytes.")
    try:
        manifest = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError:
        raise ValueError(f"it is not valid JSON in UTF-8. {FORMS}") from None
    if not isinstance(manifest, dict):
        raise ValueError(f"it is not a manifest. {FORMS}")
    operations = manifest.get("operations")
    if not isinstance(operations, list):
        return list(manifest.items())
    if manifest.get("format") != APOLLO or manifest.get("version") != 1:
        raise ValueError(f"this format is not known. {FORMS}")
    if not all(isinstance(each, dict) for each in operations):
        raise ValueError(f"an operation is not an object. {FORMS}")
    return [(each.get("id"), each.get("body")) for each in operations]
