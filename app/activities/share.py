"""What does sharing a product earn? (PROGRAMME 3: SHARE, three a calendar month)"""

import re
from dataclasses import dataclass
from datetime import date

from app.activities.delete_share import apply_early_deletions, named_share
from app.activities.record import ActivityDraft, record
from app.database import Db, one, rows, value
from app.ledger.hold import Held, hold_own
from app.members.standing import barred
from app.programmes.exclusions import exclusions_at
from app.programmes.store import revision_book
from app.requests.once import Call, once
from app.requests.outcome import Outcome, invalid, refused
from app.requests.words import ID_LENGTH, SKU_LENGTH, unfit
from app.rules.calendar import local_date
from app.rules.earning import ActivityFacts

_NETWORK = re.compile(r"[a-z][a-z0-9._-]{0,31}")

_SAME = "SELECT activity_id FROM share WHERE member_id = $1 AND sku = $2 AND network = $3 AND local_date = $4"
# A share id that was deleted before its share came has a row already.
_SHARE = """
INSERT INTO share (member_id, share_id, sku, network, local_date, url, activity_id) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (member_id, share_id) DO UPDATE SET sku = excluded.sku, network = excluded.network,
  local_date = excluded.local_date, url = excluded.url, activity_id = excluded.activity_id
RETURNING id
"""


@dataclass(frozen=True)
class Shared:
    """A product shared on a social network. `url`: the post or the product's link; only its form was checked."""

    sku: str
    network: str
    url: str
    share_id: str | None = None


async def record_share(call: Call, mi_account_id: str, shared: Shared) -> Outcome:
    """Record a share; the same product, network and local day, or the same share id, is the same share."""

    async def act(db: Db, request_id: int) -> Outcome:
        if problem := _unfit(shared):
            return problem
        held = await hold_own(db, mi_account_id)
        if held is None:
            return refused("NOT_ENROLLED")
        if refusal := barred(held.account):
            return refusal
        member_id, zone = held.account.member_id, held.account.time_zone
        day = local_date(held.at, zone)
        if (same := await _same(db, held, shared, day)) is not None:
            return Outcome(member_id=member_id, activity_id=same)
        stored = (await revision_book(db)).of(held.account.market, held.at)
        excluded = shared.sku in (await exclusions_at(db, stored.revision, held.at)).skus
        recorded = await record(
            db,
            held,
            stored,
            ActivityFacts("SHARE", day, zone, sku=shared.sku, excluded=excluded),
            ActivityDraft(
                source=shared.network,
                reference=shared.share_id,
                occurred_at=held.at,
                facts={"sku": shared.sku, "network": shared.network},
            ),
            cause=f"share/{member_id}/{day}/{shared.network}/{shared.sku}",
        )
        share = await one(
            db,
            _SHARE,
            member_id,
            shared.share_id,
            shared.sku,
            shared.network,
            day,
            shared.url,
            recorded.activity_id,
        )
        await apply_early_deletions(db, member_id, share["id"], recorded.activity_id)
        return Outcome(member_id=member_id, activity_id=recorded.activity_id)

    return await once(call, act)


async def _same(db: Db, held: Held, shared: Shared, day: date) -> int | None:
    """The activity of the share that this one is; from now on it is known by this share id too."""
    known = await named_share(db, held, shared.share_id) if shared.share_id is not None else None
    if known and known["activity_id"] is not None:
        return int(known["activity_id"])
    same: int | None = await value(db, _SAME, held.account.member_id, shared.sku, shared.network, day)
    if known and same is not None:
        await rows(db, "UPDATE share SET activity_id = $2 WHERE id = $1", known["id"], same)
        await apply_early_deletions(db, held.account.member_id, known["id"], same)
    return same


def _unfit(shared: Shared) -> Outcome | None:
    if not _NETWORK.fullmatch(shared.network):
        return invalid("MALFORMED_NETWORK", "network")
    return unfit(("sku", shared.sku, SKU_LENGTH), ("url", shared.url, 2048), ("shareId", shared.share_id, ID_LENGTH))
