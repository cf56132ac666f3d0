"""Who is charged for what, and what happens to those who ask for too much?"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from app.gateway.faults import Fault
from app.gateway.identity import Principal
from app.gateway.keys import PublicKey
from app.gateway.rates import Charge, MemoryBuckets
from app.gateway.tokens import DevelopmentKeys, development_key, mint
from app.gateway.visitors import ADDRESS_FACTOR, PRODUCTION, SERVICE_FACTOR, Meter, Visitor, limit_of, network_of
from app.settings import Settings, read_settings
from tests.gateway.lookups import Watch
from tests.gateway.shop import Door, open_door

EXPIRES = datetime(2099, 1, 1, tzinfo=UTC)
LIMIT, CODES, TOKENS = 600, 30, 3


class CountingKeys(DevelopmentKeys):
    """Keys that count how often a signature was about to be checked."""

    checked = 0

    async def find(self, kid: str | None, algorithm: str) -> PublicKey | None:
        """See Keys.find."""
        self.checked += 1
        return await super().find(kid, algorithm)


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The development profile with rates."""
    folder = tmp_path_factory.mktemp("limited")
    return read_settings(data_dir=folder, rate_limit=LIMIT, rate_limit_codes=CODES, rate_limit_tokens=TOKENS)


@pytest.fixture
def meter(limited: Settings) -> Meter:
    """A meter over empty buckets; the time stands still."""
    return Meter(limited, MemoryBuckets(Watch()))


@pytest.fixture
def keys(limited: Settings) -> CountingKeys:
    """The keys of that data folder."""
    return CountingKeys(development_key(limited))


@pytest.fixture
def limited_door(limited: Settings, keys: CountingKeys) -> Iterator[Door]:
    """A server with rates that nobody has asked anything yet."""
    with open_door(limited, keys) as door:
        yield door


def visitor(subject: str | None = None, *roles: str, address: str = "198.51.100.1") -> Visitor:
    """Somebody at an address; without a subject somebody without a token."""
    return Visitor(Principal(subject, frozenset(roles), EXPIRES) if subject else None, address)


async def passes(meter: Meter, who: Visitor, cost: int, codes: int = 0) -> bool:
    """Is so much let in?"""
    try:
        await meter.charge(who, cost, codes)
    except Fault as fault:
        if fault.code != "RATE_LIMITED":
            raise
        return False
    return True


async def test_each_member_has_a_rate_of_their_own_and_all_at_an_address_share_another(meter: Meter) -> None:
    members = [visitor(f"mi-{number}", "member") for number in range(ADDRESS_FACTOR + 1)]

    assert [await passes(meter, member, LIMIT) for member in members] == [True] * ADDRESS_FACTOR + [False]
    assert not await passes(meter, members[0], 1)
    assert await passes(meter, visitor("mi-20", "member", address="198.51.100.2"), LIMIT)
    assert not await passes(meter, visitor("mi-0", "member", address="198.51.100.2"), 1)


async def test_those_without_a_token_share_what_their_address_has(meter: Meter) -> None:
    assert await passes(meter, visitor(), LIMIT)
    assert not await passes(meter, visitor(), 1)
    assert await passes(meter, visitor(address="198.51.100.2"), 1)
    assert await passes(meter, visitor("mi-1", "member"), LIMIT)


@pytest.mark.parametrize("role", ["service", "staff"])
async def test_the_house_has_a_larger_rate_and_no_limit_by_address(meter: Meter, role: str) -> None:
    for name in ("one", "another"):
        assert await passes(meter, visitor(name, role), LIMIT * SERVICE_FACTOR)
        assert not await passes(meter, visitor(name, role), 1)
    assert await passes(meter, visitor("mi-1", "member"), LIMIT)


async def test_a_service_and_a_member_of_one_name_are_two(meter: Meter) -> None:
    assert await passes(meter, visitor("shop", "member"), LIMIT)
    assert await passes(meter, visitor("shop", "service"), LIMIT * SERVICE_FACTOR)


async def test_coupon_codes_have_a_rate_of_their_own(meter: Meter) -> None:
    guesser = visitor("mi-1", "member")

    assert await passes(meter, guesser, 1, CODES)
    assert not await passes(meter, guesser, 1, 1)
    assert await passes(meter, guesser, 1)
    assert await passes(meter, visitor("shop", "service"), 1, CODES * SERVICE_FACTOR)


async def test_what_is_refused_is_not_charged(meter: Meter) -> None:
    guesser = visitor("mi-1", "member")

    assert not await passes(meter, guesser, LIMIT, CODES + 1)
    assert await passes(meter, guesser, LIMIT, CODES)


async def test_without_limits_nothing_is_counted() -> None:
    free = Meter(read_settings(profile="development"), MemoryBuckets(Watch()))

    for _ in range(100):
        await free.failed("198.51.100.1")
    await free.admit("198.51.100.1")
    assert await passes(free, visitor(), 10**12, 10**12)


def test_production_has_rates_unless_others_are_set() -> None:
    production = {"profile": "production", "issuer": "https://id.example", "audience": "mipoints"}
    production |= {"jwks_url": "https://id.example/keys", "coupon_key": "k" * 32}

    for name, limit in PRODUCTION.items():
        assert limit_of(read_settings(**production), name) == limit
        assert limit_of(read_settings(**production, **{name: 0}), name) == 0
        assert limit_of(read_settings(profile="development"), name) == 0


async def test_rates_that_cannot_be_counted_let_nobody_in(limited: Settings) -> None:
    class Lost(MemoryBuckets):
        async def take(self, charges: Sequence[Charge]) -> float:
            raise asyncpg.ConnectionDoesNotExistError

    with pytest.raises(Fault) as fault:
        await Meter(limited, Lost()).charge(visitor(), 1, 0)
    assert (fault.value.status, fault.value.code) == (503, "UNAVAILABLE")


async def test_too_many_bad_tokens_from_an_address_close_it_and_no_other(meter: Meter) -> None:
    for _ in range(TOKENS):
        await meter.admit("198.51.100.1")
        await meter.failed("198.51.100.1")

    with pytest.raises(Fault) as fault:
        await meter.admit("198.51.100.1")
    assert (fault.value.status, fault.value.headers["Retry-After"]) == (429, "20")
    await meter.admit("198.51.100.2")


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("not an address " * 10, ("not an address " * 10)[:64]),
    ],
)
def test_limits_go_by_the_network_that_a_client_owns(host: str, network: str) -> None:
    assert network_of(host) == network


def test_who_asks_for_too_much_is_told_when_to_come_back(limited_door: Door) -> None:
    ask = "{who " + " ".join(f"a{number}: who" for number in range(199)) + "}"

    answers = [limited_door.ask(ask) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].json()["extensions"]["cost"] == {"requested": 200, "maximum": 5_000}
    assert limited_door.code(answers[3]) == "RATE_LIMITED"
    assert 1 <= int(answers[3].headers["retry-after"]) <= 20
    assert len(limited_door.seen.operations) == 3


def test_documents_that_are_refused_are_charged_too(limited_door: Door) -> None:
    answers = [limited_door.ask(f"{{whom{number}}}") for number in range(7)]

    codes = [limited_door.code(answer) for answer in answers]
    assert codes == ["GRAPHQL_VALIDATION_FAILED"] * 6 + ["RATE_LIMITED"]


def test_a_flood_of_bad_tokens_is_answered_before_a_signature_is_checked(
    limited_door: Door, limited: Settings, keys: CountingKeys
) -> None:
    bad = mint(limited, "member", "mi-1", timedelta(hours=1))[:-8] + "AAAAAAAA"

    statuses = [limited_door.ask("{who}", token=bad).status_code for _ in range(10)]

    assert statuses == [401] * TOKENS + [429] * (10 - TOKENS)
    assert keys.checked == TOKENS
