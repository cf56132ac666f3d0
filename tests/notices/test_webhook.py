"""Is a message sent as promised: signed, to the address that was judged, once, and nowhere else?"""

import asyncio
import datetime
import hashlib
import hmac
import ipaddress
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.notices import webhook
from app.notices.outbox import Message
from app.notices.webhook import Sender, body_of, signature
from tests.notices.receiver import LATEST, SERVER_ERROR, Receiver, receiving

SECRET = b"a secret that endpoints know as well"
CONTENT = {"id": "bi43LjE", "kind": "POSTED", "points": 29}
SENT_AT = 1_767_225_600
TOLD = {
    "id": 4,
    "member_id": 7,
    "kind": "POSTED",
    "at": "2026-03-17T23:00:00+00:00",
    "points": 29,
    "facts": {},
    "activity_id": 9,
    "coupon_id": None,
}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as ready:
        yield ready


async def sent(address: str, content: dict[str, Any] = CONTENT, **sender: Any) -> str | None:
    """Why a message did not arrive."""
    async with Sender(SECRET, **{"allow_private": True, **sender}) as sending:
        return await sending.send(address, content, sent_at=SENT_AT)


def name_of(kind: str, member_id: int, row_id: int) -> str:
    return f"{kind}/{member_id}/{row_id}"


async def test_a_message_arrives_whole_and_signed(receiver: Receiver) -> None:
    assert await sent(receiver.address("localhost")) is None

    [heard] = receiver.heard
    digest = hmac.new(SECRET, f"{SENT_AT}.".encode() + heard.body, hashlib.sha256).hexdigest()
    assert heard.line == "POST /notices?shop=1 HTTP/1.1"
    assert heard.content == CONTENT
    assert heard.headers["mipoints-signature"] == f"t={SENT_AT},v1={digest}"
    assert heard.headers["mipoints-message"] == CONTENT["id"]
    assert heard.headers["host"] == f"localhost:{receiver.port}"
    assert heard.headers["content-type"] == "application/json"


def test_a_signature_covers_the_secret_the_body_and_the_time() -> None:
    genuine = signature(SECRET, b"{}", SENT_AT)

    others = [signature(SECRET + b"x", b"{}", SENT_AT), signature(SECRET, b"{ }", SENT_AT)]
    others.append(signature(SECRET, b"{}", SENT_AT + 1).replace(f"t={SENT_AT + 1}", f"t={SENT_AT}"))

    assert genuine not in others


def test_a_message_names_things_as_clients_do_and_holds_no_identity() -> None:
    message = Message(1, "https://shop.example", "POSTED", TOLD, 1)

    assert body_of(message, name_of) == {
        "id": "Notice/7/4",
        "kind": "POSTED",
        "at": "2026-03-17T23:00:00Z",
        "member": "Member/7/7",
        "points": 29,
        "facts": {},
        "activity": "Activity/7/9",
        "coupon": None,
    }


@pytest.mark.parametrize("status", ["200 OK", "201 Created", "204 No Content", "299 Fine"])
async def test_any_2xx_is_taken(receiver: Receiver, status: str) -> None:
    receiver.answers = [f"HTTP/1.1 {status}\r\nConnection: close\r\n\r\n".encode()]

    assert await sent(receiver.address()) is None


@pytest.mark.parametrize("status", ["300 Many", "400 Bad", "401 No", "410 Gone", "429 Later", "500 Oops", "503 Down"])
async def test_anything_else_is_a_failure_with_its_status(receiver: Receiver, status: str) -> None:
    receiver.answers = [f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()]

    assert await sent(receiver.address()) == f"HTTP {status.partition(' ')[0]}"


async def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    place = receiver.address(path="/elsewhere")
    receiver.answers = [f"HTTP/1.1 307 There\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n".encode()]

    assert await sent(receiver.address()) == "HTTP 307"
    assert len(receiver.heard) == 1


async def test_an_answer_without_end_is_not_read(receiver: Receiver) -> None:
    receiver.answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n" + b"x" * 200_000]

    async with asyncio.timeout(LATEST):
        assert await sent(receiver.address()) is None


async def test_who_does_not_answer_in_time_has_failed(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "TRY_SECONDS", 0.2)
    receiver.silent = True

    assert await sent(receiver.address()) == "timed out"


async def test_who_speaks_no_http_or_does_not_listen_has_failed(receiver: Receiver) -> None:
    receiver.answers = [b"SSH-2.0-nothing of HTTP\r\n\r\n"]

    assert await sent(receiver.address()) == "RemoteProtocolError"
    assert await sent("http://127.0.0.1:1/") == "ConnectError"
    assert await sent("http://no-such-host.invalid/") == "unknown host"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "[::1]", "0.0.0.0"])
async def test_a_private_address_hears_nothing_unless_it_is_allowed_to(receiver: Receiver, host: str) -> None:
    assert await sent(receiver.address(host), allow_private=False) == "address refused"
    assert receiver.heard == []


async def test_a_proxy_of_the_environment_hears_nothing(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert await sent(receiver.address()) is None


def certificate_of(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's certificate for a host name, and the trust in who made it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    try:
        known_as: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        known_as = x509.DNSName(name)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number(), now - day, now + day)
        .add_extension(x509.SubjectAlternativeName([known_as]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, text = serialization.Encoding.PEM, serialization.NoEncryption()
    file = folder / f"{name}.pem"
    file.write_bytes(certificate.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, text))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=str(file))


async def test_a_certificate_must_be_the_names_whatever_the_address(tmp_path: Path) -> None:
    for name, expected in (("localhost", None), ("shop.example", "ConnectError"), ("127.0.0.1", "ConnectError")):
        server, trust = certificate_of(name, tmp_path)
        async with receiving(server) as receiver:
            assert await sent(receiver.address("localhost"), trust=trust) == expected, name
            assert len(receiver.heard) == (expected is None)


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    server, _ = certificate_of("localhost", tmp_path)

    async with receiving(server) as receiver:
        assert await sent(receiver.address("localhost")) == "ConnectError"
        assert receiver.heard == []


async def test_an_endpoint_that_fails_once_is_not_tried_again_by_itself(receiver: Receiver) -> None:
    receiver.answers = [SERVER_ERROR]

    assert await sent(receiver.address()) == "HTTP 500"
    assert len(receiver.heard) == 1
