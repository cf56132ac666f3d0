"""Which acts of staff does a reader see?"""

from app.keyset import Keyset, Page, Window, page_of
from app.replica import snapshot
from app.rows import instances
from app.staff.models import AuditLine

_ORDER = Keyset((("id", "bigint"),))


async def audit_page(actor: str | None, window: Window) -> Page[AuditLine]:
    """The audit log, newest line first; of one actor, or of all."""
    page, arguments = _ORDER.page(window, 2)
    chosen = "actor = $1" if actor is not None else "$1::text IS NULL"
    sql = f"SELECT * FROM audit_line WHERE {chosen} {page}"
    return page_of(await snapshot(lambda db: instances(db, AuditLine, sql, actor, *arguments)), window)
