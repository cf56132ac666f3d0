"""May this account act now?"""

from app.ledger.account import AccountState
from app.requests.outcome import Outcome, refused


def barred(account: AccountState) -> Outcome | None:
    """Why a member may neither earn nor spend: suspended or closed (PROGRAMME 2)."""
    codes = {"SUSPENDED": "ACCOUNT_SUSPENDED", "CLOSED": "ACCOUNT_CLOSED"}
    return refused(codes[account.status]) if account.status in codes else None


def closed(account: AccountState) -> Outcome | None:
    """Why the shop can record nothing more for a member who has left."""
    return refused("ACCOUNT_CLOSED") if account.status == "CLOSED" else None
