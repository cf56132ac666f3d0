"""Which statement lines and notices does a member see?"""

from app.keyset import Keyset
from app.ledger.models import Entry, Notice
from app.rows import pages_of

# A member's statement, newest line first; the cursor is the account version.
ENTRIES = pages_of(Entry, Keyset((("version", "int"),)), "SELECT * FROM entry WHERE member_id = asked.id {page}")
# Newest first.
NOTICES = pages_of(Notice, Keyset((("id", "bigint"),)), "SELECT * FROM notice WHERE member_id = asked.id {page}")
