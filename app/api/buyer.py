"""For whose Mi Account is this asked?"""

from app.api.context import Context
from app.api.roles import SERVICE
from app.requests.outcome import Outcome, invalid, refused


def account_asked(context: Context, mi_account_id: str | None) -> str | Outcome:
    """Whose Mi Account is meant: a member's own, to whom another's is NOT_FOUND; the shop must name one."""
    if SERVICE in (context.roles or ()) and mi_account_id is not None:
        return mi_account_id
    if not context.is_member:
        return invalid("EMPTY", "miAccountId")
    own = mi_account_id in (None, context.subject)
    return context.subject if own else refused("NOT_FOUND", "miAccountId", what="MEMBER")
