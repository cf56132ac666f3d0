"""Who issues the tokens of the bench, and how do contenders that ask over HTTP learn the key?"""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from joserfc import jwt
from joserfc.jwk import ECKey

ISSUER, AUDIENCE = "https://issuer.bench.example", "bench"
COUPON_KEY = "the coupon key of the bench, for no one else"
LASTS_S = 24 * 3_600


def _new_key() -> ECKey:
    return ECKey.generate_key("P-256", auto_kid=True)


@dataclass(frozen=True)
class Issuer:
    """A signing key of this run."""

    key: ECKey = field(default_factory=_new_key)

    @property
    def key_set(self) -> bytes:
        """The public key as a JWKS document."""
        return json.dumps({"keys": [self.key.as_dict(private=False)]}).encode()

    @property
    def pem(self) -> str:
        """The public key as PEM."""
        return self.key.as_pem(private=False).decode()

    def token(self, mi_account_id: str) -> str:
        """A member's token, good for a day."""
        at = int(time.time())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "iat": at, "exp": at + LASTS_S, "sub": mi_account_id}
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, {**claims, "roles": ["member"]}, self.key)


@contextlib.contextmanager
def served(issuer: Issuer) -> Iterator[str]:
    """The address of the key set on the loopback, while the block runs."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(issuer.key_set)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/keys"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
