"""Which statement lines and notices does a member see?"""

from collections.abc import Sequence

from app.keyset import Keyset, Page, Window
from app.ledger.models import Entry, Notice
from app.rows import page_of_each

_ENTRY_ORDER = Keyset((("version", "int"),))
_NOTICE_ORDER = Keyset((("id", "bigint"),))


async def entry_pages(member_ids: Sequence[int], window: Window) -> dict[int, Page[Entry]]:
    """Each member's statement, newest line first; the cursor is the account version."""
    return await page_of_each(
        Entry, member_ids, window, _ENTRY_ORDER, "SELECT * FROM entry WHERE member_id = asked.id {page}"
    )


async def notice_pages(member_ids: Sequence[int], window: Window) -> dict[int, Page[Notice]]:
    """Each member's notices, newest first."""
    return await page_of_each(
        Notice, member_ids, window, _NOTICE_ORDER, "SELECT * FROM notice WHERE member_id = asked.id {page}"
    )
