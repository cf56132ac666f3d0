"""Can a code be guessed, mistyped or read from the database? (issue: 80 random bits, Crockford base32, a keyed hash)"""

import re

import pytest

from app.coupons.codes import ALPHABET, CouponCodes, new_nonce
from app.coupons.qr import qr_svg

CODES = CouponCodes(b"a coupon key of the tests")
CODE = CODES.code(b"a nonce of a few")


def test_a_code_is_80_bits_of_crockfords_letters() -> None:
    codes = {CODES.code(new_nonce()) for _ in range(2_000)}

    assert len(codes) == 2_000
    assert len(set(ALPHABET)) == 32
    assert set("".join(codes)) == {*ALPHABET, "-"}
    assert all(re.fullmatch(r"(\w{4}-){3}\w{4}", code) for code in codes)


@pytest.mark.parametrize(
    "typed",
    [CODE.lower(), CODE.replace("-", ""), f" {CODE} ".replace("-", " "), CODE.replace("0", "o").replace("1", "l")],
)
def test_a_code_is_known_however_it_is_typed(typed: str) -> None:
    assert CODES.lookup(typed) == CODES.lookup(CODE)


def test_another_code_or_another_key_finds_nothing() -> None:
    other = CouponCodes(b"another key of the tests")

    assert other.lookup(CODE) != CODES.lookup(CODE)
    assert other.code(b"a nonce of a few") != CODE
    assert CODES.lookup(CODE[:-1] + ("2" if CODE[-1] != "2" else "3")) != CODES.lookup(CODE)
    with pytest.raises(ValueError, match="16 bytes"):
        CouponCodes(b"too short")


def test_a_qr_code_is_a_small_picture_that_does_nothing() -> None:
    picture = qr_svg(CODE)

    assert re.fullmatch(
        r'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 29 29">(<path [^<>]*/>){2}</svg>', picture
    )
    assert len(picture) < 2_000
    assert picture == qr_svg(CODE) != qr_svg(CODES.code(b"another nonce..."))
