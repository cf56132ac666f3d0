"""Does a statement prove itself, and is every change of it found, in the file or in the ledger behind it?"""

import io
from collections.abc import Callable
from hashlib import sha256

import pytest

from app.database import Db
from app.ledger import proof
from app.ledger.account import EntryKind
from app.ledger.proof import BALANCES, Unproven, public_key, signing_key, verify
from app.members import statement
from tests.ledger.makers import START, clock_at, enrolled, tapped
from tests.ledger.statements import KEY, Line, as_file, downloaded, proven, read, to_whom_everything_happened

OTHER_KEY = signing_key(b"a key of somebody else")


@pytest.fixture(scope="module")
async def lived(shared: Db) -> tuple[bytes, bytes]:
    """The statements of a member to whom everything happened, and of another one."""
    await clock_at(START)
    return await downloaded(await to_whom_everything_happened()), await downloaded(await enrolled())


def hashed_anew(lines: list[Line]) -> list[Line]:
    """The entries with hashes that follow, and an end that says so."""
    before = ""
    for line in lines[1:-1]:
        text = proof.text_of(0, line, lines[0]["memberId"])
        before = line["hash"] = sha256(bytes.fromhex(before) + text.encode()).hexdigest()
    lines[-1]["hash"] = before
    return lines


def with_a_point_more(lines: list[Line]) -> list[Line]:
    """An earning of one point more, from the first entry on, in every balance."""
    lines[1] |= {"points": lines[1]["points"] + 1}
    for line in (lines[0], *lines[1:-1]):
        line["available"] += 1
    return hashed_anew(lines)


def signed_by_another(lines: list[Line]) -> list[Line]:
    head = lines[0] | {"publicKey": public_key(OTHER_KEY)}
    return [head, *lines[1:-1], proof.ended(head, lines[-1]["hash"], OTHER_KEY)]


def changed(number: int, **parts: object) -> Callable[[list[Line], list[Line]], list[Line]]:
    """A line of other words."""

    def edit(lines: list[Line], _: list[Line]) -> list[Line]:
        place = number % len(lines)
        assert any(lines[place].get(name) != part for name, part in parts.items())
        return [*lines[:place], lines[place] | parts, *lines[place + 1 :]]

    return edit


# Each edit of a file, and what `verify` must say of it.
EDITS: dict[str, tuple[Callable[[list[Line], list[Line]], list[Line]], str]] = {
    "points": (changed(3, points=4711), "line 4: entry 3 is not what its hash says"),
    "a balance": (changed(3, available=4711), "line 4: entry 3 is not what its hash says"),
    "the date": (changed(3, at="2026-03-01T08:00:00.000000Z"), "line 4: entry 3 is not what"),
    "the date in other words": (changed(3, at="2026-03-01 09:00:00+00:00"), "line 4: this has no instant"),
    "no date": (changed(3, at="yesterday"), "line 4: this has no instant"),
    "the reason": (changed(3, reason="A_GIFT"), "line 4: entry 3 is not what"),
    "a reason that ends the text": (changed(3, reason="-|{}"), "line 4: this is not an entry"),
    "the kind": (changed(3, kind="GIFT"), "line 4: entry 3 is not what"),
    "the facts": (changed(3, facts='{"a": 1}'), "line 4: entry 3 is not what"),
    "the activity": (changed(3, activityId=4711), "line 4: entry 3 is not what"),
    "a number that is none": (changed(3, points=True), "line 4: this is not an entry"),
    "the hash": (changed(3, hash="0" * 64), "line 4: entry 3 is not what"),
    "a word beside the others": (changed(3, note="paid"), "line 4: this is not an entry"),
    "the order of two lines": (lambda a, _: [*a[:3], a[4], a[3], *a[5:]], "line 4: entry 4 stands where 3 must"),
    "without the first entry": (lambda a, _: [a[0], *a[2:]], "line 2: entry 2 stands where 1 must"),
    "without an entry": (lambda a, _: [*a[:5], *a[6:]], "line 6: entry 6 stands where 5 must"),
    "without the last entry": (lambda a, _: [*a[:-2], a[-1]], "entries stand where there are"),
    "an entry twice": (lambda a, _: [*a[:4], a[3], *a[4:]], "line 5: entry 3 stands where 4 must"),
    "without the head": (lambda a, _: a[1:], "line 1: this is not a head of a statement"),
    "without the end": (lambda a, _: a[:-1], "the end is missing"),
    "nothing": (lambda a, _: [], "line 1: this is not a head of a statement"),
    "only a head": (lambda a, _: a[:1], "line 2: the end is missing"),
    "something after the end": (lambda a, _: [*a, a[-1]], "something stands after the end"),
    "another member's line": (lambda a, b: [a[0], b[1], *a[2:]], "line 2: entry 1 is not what its hash says"),
    "another member's head": (lambda a, b: [b[0], *a[1:]], "line 2: entry 1 is not what its hash says"),
    "another member's id": (changed(0, memberId=4711), "line 2: entry 1 is not what its hash says"),
    "another member's end": (lambda a, b: [*a[:-1], b[-1]], "entries stand where there are"),
    "another Mi Account": (changed(0, miAccountId="mi-4711"), "the signature is not that of this head"),
    "another currency": (changed(0, currency="GBP"), "the signature is not that of this head"),
    "another instant": (changed(0, at="2030-01-01T00:00:00.000000Z"), "the signature is not that of this head"),
    "an instant before": (
        changed(0, at="2020-01-01T00:00:00.000000Z"),
        "line 1: the statement is of an instant before",
    ),
    "other balances": (changed(0, available=4711), "line 1: the balances are not those after the last entry"),
    "another count": (changed(0, version=4711), "entries stand where there are 4711 in all"),
    "another format": (changed(0, format="mipoints-statement/2"), "line 1: the format is mipoints-statement/2"),
    "another last hash": (changed(-1, hash="0" * 64), "the last hash is not that of the last entry"),
    "another signature": (changed(-1, signature="0" * 128), "the signature is not that of this head"),
    "no signature": (changed(-1, signature="none"), "the signature is not that of this head"),
    "another key": (changed(0, publicKey=public_key(OTHER_KEY)), "the signature is not that of this head"),
    "no key": (changed(0, publicKey="none"), "the signature is not that of this head"),
    "a chain hashed anew": (lambda a, _: with_a_point_more(a), "the signature is not that of this head"),
}


@pytest.mark.parametrize("edit", EDITS)
async def test_an_edit_of_a_file_is_found(lived: tuple[bytes, bytes], edit: str) -> None:
    change, says = EDITS[edit]

    with pytest.raises(Unproven) as found:
        proven(as_file(change(read(lived[0]), read(lived[1]))))

    assert says in str(found.value)


async def test_a_statement_with_every_kind_of_entry_proves_itself(lived: tuple[bytes, bytes]) -> None:
    lines = read(lived[0])

    found = proven(lived[0])

    assert {line["kind"] for line in lines[1:-1]} == set(EntryKind)
    assert found.version == lines[-1]["lines"] == len(lines) - 2
    assert found.balances == {balance: lines[0][balance] for balance in BALANCES}
    assert as_file(lines) == lived[0]


async def test_what_is_signed_by_another_key_proves_itself_but_not_the_operator(lived: tuple[bytes, bytes]) -> None:
    forged = as_file(signed_by_another(with_a_point_more(read(lived[0]))))

    assert proven(forged).head["publicKey"] == public_key(OTHER_KEY) != public_key(KEY)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda file: file.replace(b'"points":', b'"points": ', 1), "line 2: this is not written as"),
        (lambda file: file.replace(b'"points":', b'"points":7,"points":', 1), "line 2: this is not written as"),
        (lambda file: file.replace(b"\n", b"\r\n"), "line 1: this is not written as"),
        (lambda file: b"\xff" + file, "line 1: this is no JSON"),
        (lambda file: b"[1]\n" + file, "line 1: this is not written as"),
        (lambda file: file[:-20], "this is no JSON, or it is cut off"),
        (lambda file: file[:-1], "this is not written as"),
        (lambda file: b'{"a":"' + b"x" * 2_000_000, "line 1: this is no JSON"),
    ],
    ids=["spaces", "a word twice", "other line ends", "no text", "a list", "cut off", "no line end", "an endless line"],
)
async def test_another_writing_of_a_file_is_found(
    lived: tuple[bytes, bytes], spoil: Callable[[bytes], bytes], says: str
) -> None:
    with pytest.raises(Unproven) as found:
        proven(spoil(lived[0]))

    assert says in str(found.value)


async def test_a_long_statement_is_read_page_by_page(db: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    person = await enrolled()
    for _ in range(3):
        await tapped(person)
    monkeypatch.setattr(statement, "PAGE", 1)

    assert proven(await downloaded(person)).version == len(read(await downloaded(person))) - 2


async def test_entries_that_come_during_a_download_are_no_part_of_it(db: Db) -> None:
    person = await enrolled()
    found = await statement.statement_of(person.name, KEY)
    assert found is not None

    await tapped(person)
    file = b"".join([piece async for piece in found.pieces()])

    assert (proven(file).version, proven(await downloaded(person)).version) == (1, 2)


def test_a_file_is_read_a_line_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    class Counting(io.BytesIO):
        def readline(self, size: int | None = -1) -> bytes:
            assert size is not None and 0 < size <= proof.LONGEST_LINE + 1
            return super().readline(size)

        def read(self, size: int | None = -1) -> bytes:
            raise AssertionError("the whole file was read")

    with pytest.raises(Unproven, match="line 1: this is not a head"):
        verify(Counting(b'{"a":1}\n'))
