"""Who of staff did what, when, to what, and what changed?"""

import json
from collections.abc import Mapping

from app.database import Db, rows

_LINE = """
INSERT INTO audit_line (at, actor, action, subject, before, after)
VALUES (programme_now(), $1, $2, $3, $4::jsonb, $5::jsonb)
"""


async def audit(
    db: Db,
    actor: str,
    action: str,
    subject: str,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Write one line of the audit log in the transaction of the act itself.

    `actor`: the token's subject; `action`: the mutation's name. `subject` names the row: "member/12",
    "campaign/spring". It and `before` and `after` (JSON values) hold no identity of a member: the log outlives an
    erasure.
    """
    await rows(db, _LINE, actor, action, subject, _text(before), _text(after))


def _text(facts: Mapping[str, object] | None) -> str | None:
    return json.dumps(dict(facts)) if facts is not None else None
