"""Which thing does an opaque global id name?"""

import re
from base64 import urlsafe_b64decode
from binascii import Error, b2a_base64
from dataclasses import dataclass

from strawberry import ID

KINDS = {
    "Member": "m",
    "Activity": "a",
    "AuditLine": "l",
    "Award": "w",
    "Campaign": "g",
    "Entry": "e",
    "Coupon": "c",
    "CouponOffer": "o",
    "Notice": "n",
    "Order": "d",
    "ParkedOperation": "k",
    "Programme": "p",
    "Reservation": "r",
}
_KINDS_BACK = {short: kind for kind, short in KINDS.items()}
_FOR_URLS = bytes.maketrans(b"+/", b"-_")
_FORM = re.compile(r"([a-z])\.(\d{1,18})\.(\d{1,18})")


@dataclass(frozen=True)
class GlobalId:
    """A type's name, the member it belongs to (0: nobody's), and its row id."""

    kind: str
    member_id: int
    row_id: int

    def __str__(self) -> str:
        return global_id(self.kind, self.member_id, self.row_id)


def global_id(kind: str, member_id: int, row_id: int) -> ID:
    """The opaque id of a thing."""
    return ID(opaque(f"{KINDS[kind]}.{member_id}.{row_id}".encode()))


def opaque(text: bytes) -> str:
    """Base64 for URLs, without padding."""
    return b2a_base64(text, newline=False).translate(_FOR_URLS).rstrip(b"=").decode()


def read_id(text: str) -> GlobalId | None:
    """What an id names; None when it is malformed."""
    if len(text) > 80 or not text.isascii():
        return None
    try:
        form = _FORM.fullmatch(urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode())
    except (Error, ValueError):
        return None
    if form is None or form[1] not in _KINDS_BACK:
        return None
    found = GlobalId(_KINDS_BACK[form[1]], int(form[2]), int(form[3]))
    return found if str(found) == text else None


def row_id_of(text: str, kind: str) -> int | None:
    """The row id of an id of this type, Member or a public one; None for another type's or a forged one's.

    Raises ValueError for a malformed id.
    """
    found = read_id(text)
    if found is None:
        raise ValueError("malformed id")
    owner = found.row_id if kind == "Member" else 0
    return found.row_id if found.kind == kind and found.member_id == owner else None


def row_id_of_members(text: str, kind: str) -> int:
    """The row id of what a member owns, by an id of this type; 0, which no row has, for another type's.

    Whose it is, its row says. Raises ValueError for a malformed id.
    """
    found = read_id(text)
    if found is None:
        raise ValueError("malformed id")
    return found.row_id if found.kind == kind else 0
