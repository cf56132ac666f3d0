"""What does each nasty document cost in CPU? `scripts/prove limits` runs this; it is no test, as it measures.

Each is read, measured and validated ROUNDS times by an empty memory, in both profiles; what counts is the quickest
round, for the others were held up by what else ran.
"""

import contextlib
import sys
import time

from graphql import GraphQLSchema

from app.api.schema import build_schema
from app.gateway.documents import Documents, InvalidDocument
from tests.gateway.nasty import NASTY
from tests.gateway.relay_app import RELAY_APP

MOST_MS = 100.0
ROUNDS = 7
DOCUMENTS = {**NASTY, "for comparison, no attack: a Relay app of sixty components": RELAY_APP}


def spent_ms(schema: GraphQLSchema, text: str, *, development: bool) -> float:
    """Milliseconds of CPU from the text to its refusal, or until it is found sound."""
    documents = Documents(schema, introspection=development, suggestions=development)
    before = time.process_time()
    with contextlib.suppress(InvalidDocument):
        documents.find(text)
    return 1_000 * (time.process_time() - before)


def main() -> int:
    """0 when no document costs more than MOST_MS."""
    found = []
    for profile in ("development", "production"):
        schema = build_schema("development" if profile == "development" else "production")._schema
        for name, text in DOCUMENTS.items():
            rounds = [spent_ms(schema, text, development=profile == "development") for _ in range(ROUNDS)]
            found.append((min(rounds), len(text.encode()), f"{name} ({profile})"))
    for spent, size, name in sorted(found, reverse=True):
        sys.stdout.write(f"{spent:7.1f} ms  {size:6} bytes  {name}\n")
    return 1 if max(found)[0] > MOST_MS else 0


if __name__ == "__main__":
    raise SystemExit(main())
