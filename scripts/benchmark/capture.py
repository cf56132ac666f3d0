"""Which statements does one redemption really send, with which arguments?"""

import uuid
from dataclasses import dataclass

import asyncpg

from app.coupons.codes import CouponCodes
from app.coupons.redeem import redeem
from app.database import close_database, open_database
from app.requests.once import Call
from scripts.benchmark.data import Asked
from scripts.benchmark.issuer import COUPON_KEY
from scripts.benchmark.serving import BenchFault


@dataclass(frozen=True)
class Sent:
    """A statement as it went to the server."""

    sql: str
    arguments: tuple[object, ...]

    def as_json(self) -> dict[str, object]:
        """For a client that is not written in Python: bytes as PostgreSQL reads them, instants in ISO 8601."""
        values = [f"\\x{one.hex()}" if isinstance(one, bytes) else one for one in self.arguments]
        return {"sql": self.sql, "values": values}


async def statements_of_redeeming(url: str, member: Asked, offer_id: int) -> list[Sent]:
    """What an ordinary redemption sends, from its first statement to its last. It redeems two coupons to find out."""
    sent: list[Sent] = []

    async def listen(connected: asyncpg.Connection) -> None:
        connected.add_query_logger(lambda logged: sent.append(Sent(logged.query, tuple(logged.args or ()))))

    await open_database(url, pool_size=1, on_connect=listen)
    try:
        for _ in range(2):  # the first one also does what a connection does once
            sent.clear()
            call = Call("bench", uuid.uuid4().hex, "redeemCoupon", bytes(32))
            outcome = await redeem(call, member.mi_account_id, offer_id, None, CouponCodes(COUPON_KEY.encode()))
            if outcome.errors:
                raise BenchFault(f"{member.mi_account_id} was refused: {outcome.errors}")
        return list(sent)
    finally:
        await close_database()
