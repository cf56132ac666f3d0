"""Which coupons of a member are about to end, and were they told? (PROGRAMME 7, 11: 30 and 7 days before)"""

from datetime import datetime

from app.database import Db, rows
from app.ledger.account import NoticeDraft
from app.ledger.settle import NOTICE_DAYS

# `notify_at` moves on to the next instant that is still to come. Hours, as days would depend on the session's zone.
_REMIND = """
UPDATE coupon SET notify_at = (SELECT min(told) FROM {told} WHERE told > $2)
FROM account JOIN market ON market.code = account.market_id
WHERE account.member_id = coupon.member_id AND coupon.member_id = $1 AND notify_at <= $2
RETURNING coupon.id, coupon.status IN ('ISSUED', 'RESERVED') AND expires_at > $2 AS live, value_minor, currency,
  last_usable_day, (SELECT max(told) FROM {told} WHERE told <= $2) AS told_at
""".format(told="(SELECT expires_at - days * interval '24 hours' AS told FROM unnest($3::int[]) AS days) AS instants")


async def reminders(db: Db, member_id: int, at: datetime) -> list[NoticeDraft]:
    """The notices of a held member's coupons that are due at `at`, one a coupon, noted as told; used ones have none."""
    due = await rows(db, _REMIND, member_id, at, list(NOTICE_DAYS))
    told = [
        NoticeDraft(
            "COUPON_EXPIRING",
            coupon["told_at"],
            coupon_id=coupon["id"],
            facts={
                "value_minor": coupon["value_minor"],
                "currency": coupon["currency"],
                "last_usable_on": coupon["last_usable_day"].isoformat(),
            },
        )
        for coupon in due
        if coupon["live"]
    ]
    return sorted(told, key=lambda notice: (notice.at, notice.coupon_id or 0))
