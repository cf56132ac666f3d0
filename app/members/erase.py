"""What is left of a person who is erased? (PROGRAMME 11: the ledger and what is once per account, under no name)"""

import secrets

from app.database import Db, one, rows, value
from app.ledger.hold import hold_own
from app.members.close import lost, shut
from app.members.tombstones import Tombstones
from app.requests.once import Call, once
from app.requests.outcome import Outcome, refused
from app.requests.words import ID_LENGTH, unfit
from app.staff.audit import audit

_STILL = "SELECT EXISTS (SELECT FROM member WHERE id = $1 AND mi_account_id = $2)"
# Nobody can guess the name that stands in the place of a Mi Account, and so nobody can come to own one like it.
_NAMELESS = """
UPDATE member SET mi_account_id = $2, person_key = NULL, display_name = NULL, birth_date = NULL WHERE id = $1
"""
# Where a member's device, post or account on a network was named.
_TRACES = (
    "UPDATE activity SET reference = NULL WHERE member_id = $1 AND kind IN ('APP_LOGIN', 'SHARE')",
    "UPDATE share SET url = '', share_id = NULL WHERE member_id = $1 AND sku IS NOT NULL",
    "UPDATE share SET share_id = 'erased:' || id WHERE member_id = $1 AND sku IS NULL",
)


async def erase_member(call: Call, actor: str, mi_account_id: str, tombstones: Tombstones) -> Outcome:
    """Erase a person: the account closes as if they had left, and their identity becomes a tombstone.

    Refused as NOT_FOUND or INVALID_INPUT.
    """

    async def act(db: Db, request_id: int) -> Outcome:
        if problem := unfit(("miAccountId", mi_account_id, ID_LENGTH)):
            return problem
        held = await hold_own(db, mi_account_id)
        # Asked again once the account is held: who waited for the lock may have waited for an erasure.
        if held is None or not await value(db, _STILL, held.account.member_id, mi_account_id):
            return refused("NOT_FOUND", "miAccountId", what="MEMBER")
        member_id = held.account.member_id
        forfeited = lost(held.account.balances)
        await shut(db, held, actor=actor)
        await _forget(db, member_id, mi_account_id, tombstones)
        await audit(
            db,
            actor,
            "eraseMember",
            f"member/{member_id}",
            before={"status": held.account.status},
            after={"status": "CLOSED", "forfeited": forfeited},
        )
        return Outcome(member_id=member_id)

    return await once(call, act)


async def _forget(db: Db, member_id: int, mi_account_id: str, tombstones: Tombstones) -> None:
    person = await one(db, "SELECT person_key FROM member WHERE id = $1", member_id)
    await tombstones.leave(db, member_id, mi_account_id, person["person_key"])
    await rows(db, _NAMELESS, member_id, f"erased:{member_id}:{secrets.token_hex(16)}")
    for statement in _TRACES:
        await rows(db, statement, member_id)
    principals = principals_of(mi_account_id)
    await rows(db, "DELETE FROM request WHERE principal = ANY ($1::text[])", principals)
    await rows(db, "DELETE FROM coupon_guess WHERE principal = ANY ($1::text[])", principals)


def principals_of(mi_account_id: str) -> list[str]:
    """Under which principals a member's own requests are kept: theirs alone, or with other roles in one token."""
    roles = ("member", "member+service", "member+staff", "member+service+staff")
    return [f"{each}:{mi_account_id}" for each in roles]
