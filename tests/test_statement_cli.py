"""What does `mipoints verify` say of statements, and of one beside an earlier one?"""

from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.cli import mipoints
from app.ledger.proof import FORMAT, ended, public_key, signing_key, text_of, written

KEY, OTHER = signing_key(b"a key of tests alone"), signing_key(b"another key of tests")
AT = "2026-03-01T09:00:00.000000Z"


def made(path: Path, *points: int, member_id: int = 12, key: Ed25519PrivateKey = KEY) -> Path:
    """A sound statement of a member who earned these points."""
    head = {
        "format": FORMAT,
        "programme": "Mi Points",
        "operator": "Xiaomi",
        "market": "ES",
        "currency": "EUR",
        "miAccountId": "mi-1",
        "memberId": member_id,
        "at": AT,
        "version": len(points),
        "pending": 0,
        "available": sum(points),
        "reserved": 0,
        "debt": 0,
        "publicKey": public_key(key),
    }
    lines, before = [], ""
    for version, earned in enumerate(points, 1):
        line = {
            "version": version,
            "operationId": version,
            "kind": "EARN",
            "source": "ISSUED",
            "target": "AVAILABLE",
            "points": earned,
            "pending": 0,
            "available": sum(points[:version]),
            "reserved": 0,
            "debt": 0,
            "at": AT,
            "activityId": 1,
            "couponId": None,
            "reservationId": None,
            "reason": None,
            "facts": "{}",
            "hash": "0" * 64,
        }
        before = line["hash"] = sha256(bytes.fromhex(before) + text_of(0, line, member_id).encode()).hexdigest()
        lines.append(line)
    path.write_bytes(b"".join([written(line) for line in (head, *lines, ended(head, before, key))]))
    return path


def verified(file: Path, *flags: str | Path) -> Result:
    return CliRunner().invoke(mipoints, ["verify", str(file), *map(str, flags)])


def test_a_sound_statement_is_told_in_two_lines(tmp_path: Path) -> None:
    found = verified(made(tmp_path / "file", 50, 30))

    assert found.exit_code == 0
    assert found.output.splitlines() == [
        f"2 entries of Mi Account mi-1 at {AT}: 0 pending, 80 available, 0 reserved, 0 debt.",
        f"Signed by {public_key(KEY)}, nobody in particular yet: compare the key, or give --key.",
    ]


def test_a_statement_of_nothing_is_sound(tmp_path: Path) -> None:
    assert verified(made(tmp_path / "file"), "--key", public_key(KEY)).exit_code == 0


def test_a_later_statement_continues_an_earlier_one(tmp_path: Path) -> None:
    earlier, later = made(tmp_path / "earlier", 50, 30), made(tmp_path / "later", 50, 30, 5)

    for since in (earlier, later, made(tmp_path / "nothing")):
        found = verified(later, "--since", since)
        assert found.exit_code == 0
        assert "It continues the statement of" in found.output


@pytest.mark.parametrize(
    ("then", "says"),
    [
        ((50, 31), "The entries up to 2 are not those of the earlier statement."),
        ((51,), "The entries up to 1 are not those of the earlier statement."),
        ((50, 30, 5, 5), "The later statement ends at entry 3, the earlier at 4."),
    ],
)
def test_one_that_does_not_continue_it_is_told(tmp_path: Path, then: tuple[int, ...], says: str) -> None:
    found = verified(made(tmp_path / "later", 50, 30, 5), "--since", made(tmp_path / "earlier", *then))

    assert (found.exit_code, found.stdout) == (1, "")
    assert says in found.stderr


def test_statements_of_others_do_not_continue_each_other(tmp_path: Path) -> None:
    later = made(tmp_path / "later", 50, 30)

    for earlier in (made(tmp_path / "other", 50, member_id=13), made(tmp_path / "signed", 50, key=OTHER)):
        found = verified(later, "--since", earlier)
        assert found.exit_code == 1
        assert "of other members, or signed by other keys" in found.stderr


def test_an_earlier_statement_that_is_not_sound_proves_nothing(tmp_path: Path) -> None:
    earlier = made(tmp_path / "earlier", 50)
    earlier.write_bytes(earlier.read_bytes()[:-5])

    found = verified(made(tmp_path / "later", 50), "--since", earlier)

    assert found.exit_code == 1
    assert f"{earlier}, line 3: this is no JSON" in found.stderr
