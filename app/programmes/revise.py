"""How do staff bring new numbers into force while the gateway runs? (PROGRAMME 10)"""

import asyncio

from app.database import Db, value
from app.programmes.load import bring_in, sound_document
from app.requests.once import Call, once
from app.requests.outcome import Outcome, Refusal
from app.rules.reading import Problem
from app.rules.revision import Document, DocumentError
from app.staff.audit import audit

MOST_FAULTS = 20
_LONGEST_FACT = 300
_REVISION = "SELECT id FROM programme_revision WHERE name = $1 AND market_id = $2"


async def load_revision(call: Call, actor: str, text: str) -> Outcome:
    """Load a programme document; it is in force at once in every running server, from its `valid_from` or from now.

    The same document again answers its revision (of its first market) and changes nothing. Refused as INVALID_INPUT
    once for each of the first 20 faults, with the place (key and line) and what is wrong there.
    """

    async def act(db: Db, request_id: int) -> Outcome:
        try:
            document = await asyncio.to_thread(sound_document, text)
            loaded = await bring_in(db, document)
        except DocumentError as error:
            return Outcome(errors=tuple(_refusal(problem) for problem in error.problems[:MOST_FAULTS]))
        facts = {"markets": sorted(document.markets), "revisions": loaded}
        await audit(db, actor, "loadProgrammeRevision", f"revision/{document.name}", after=facts)
        return Outcome(revision_id=await _first(db, document))

    return await once(call, act)


async def _first(db: Db, document: Document) -> int:
    found: int = await value(db, _REVISION, document.name, next(iter(document.markets)))
    return found


def _refusal(problem: Problem) -> Refusal:
    facts = {"problem": "DOCUMENT", "place": _printable(problem.place), "detail": _printable(problem.message)}
    return Refusal("INVALID_INPUT", facts, ("document",))


def _printable(text: str) -> str:
    """A document's own words as they may be stored and shown: its keys may be anything."""
    return "".join(each if each.isprintable() else "?" for each in text[:_LONGEST_FACT])
