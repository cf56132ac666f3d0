"""Is nothing ever sent to an address that is not public, however it is spelt?"""

import pytest

from app.notices.addresses import AddressRefused, Unresolved, is_public, resolve

PRIVATE = """
127.0.0.1 127.8.9.10 0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 192.0.2.1
198.18.0.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 192.0.0.8
fec0::1 ::1 :: fe80::1 fe80::1%eth0 fc00::1 fd12:3456::1 ff02::1 ff0e::1 2001:db8::1 100::1
::ffff:10.0.0.1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:7f00:1 ::10.0.0.1
64:ff9b::10.0.0.1 64:ff9b::a9fe:a9fe 2002:7f00:1:: 2002:a00:1::1 2001:0:7f00:1::1
""".split()
PUBLIC = "93.184.215.14 8.8.8.8 172.32.0.1 2606:4700::1111 ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2002:808:808::1".split()
SPELT = (
    "127.0.0.1 2130706433 0x7f000001 0177.0.0.1 127.1 0x7f.1 0 0.0.0.0 ::1 ::ffff:10.0.0.1 ::ffff:127.0.0.1 localhost "
    "10.0.0.1 167772161 169.254.169.254 2852039166"
).split()


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_everybodys_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("word", ["", "example.org", "10.0.0", "1.2.3.4.5", "::g"])
def test_what_is_no_address_is_not_public(word: str) -> None:
    assert not is_public(word)


@pytest.mark.parametrize("host", SPELT)
async def test_a_host_is_judged_by_what_it_resolves_to(host: str) -> None:
    with pytest.raises(AddressRefused):
        await resolve(host, 443, allow_private=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
async def test_private_addresses_are_taken_where_the_setting_allows_them(host: str) -> None:
    found = await resolve(host, 443, allow_private=True)

    assert set(found) <= {"127.0.0.1", "::1"}


async def test_a_public_address_is_answered_as_it_is_to_connect_to() -> None:
    assert await resolve("93.184.215.14", 443, allow_private=False) == ["93.184.215.14"]


@pytest.mark.parametrize("host", ["no-such-host.invalid", "x" * 64 + ".invalid", "a..b"])
async def test_a_host_that_is_not_there_is_unresolved(host: str) -> None:
    with pytest.raises(Unresolved):
        await resolve(host, 443, allow_private=False)
