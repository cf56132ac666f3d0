"""What does this HTTP request ask for: which document, with which variables, under which name?"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from starlette.requests import ClientDisconnect

from app.gateway.faults import Fault, bad_request, method_not_allowed
from app.gateway.incoming import Head, Incoming
from app.gateway.media import JSON

BODY_BYTES = 100 * 1024
METHODS = "GET, POST"
DOCUMENT_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


class Asked(NamedTuple):
    """One GraphQL request: the document's text or its id or both, the variables, and the operation's name if any."""

    text: str | None
    document_id: str | None
    variables: dict[str, Any]
    operation_name: str | None


async def read_request(request: Incoming) -> Asked:
    """Reads a GET or POST request; raises Fault (400, 405, 413, 415) for everything that is not one GraphQL request.

    Raises ClientDisconnect when the client leaves before its body is here.
    """
    if request.method == "GET":
        return asked_of(_query_string(request))
    if request.method == "POST":
        _require_json(request.headers)
        return asked_of(parsed(await _body(request), "The body"))
    raise method_not_allowed("A GraphQL request is a POST, or a GET for a query", allow=METHODS)


def _require_json(headers: Head) -> None:
    media, _, parameters = headers.get("content-type", "").partition(";")
    name, _, charset = parameters.partition("=")
    if media.strip().lower() != JSON:
        raise Fault(415, "UNSUPPORTED_MEDIA_TYPE", "Send the request as application/json")
    if name.strip().lower() == "charset" and charset.strip(' "').lower() not in ("utf-8", "utf8"):
        raise Fault(415, "UNSUPPORTED_MEDIA_TYPE", "Send the request in UTF-8")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Fault(415, "UNSUPPORTED_MEDIA_TYPE", "Send the request without a content encoding")


async def _body(request: Incoming) -> bytearray:
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and (len(announced) > 9 or int(announced) > BODY_BYTES):
        raise too_large()
    body, is_more = bytearray(), True
    while is_more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > BODY_BYTES:
            raise too_large()
        is_more = message.get("more_body", False)
    return body


def too_large() -> Fault:
    """413: what is left of the body is not read."""
    return Fault(413, "PAYLOAD_TOO_LARGE", f"A request is at most {BODY_BYTES} bytes", {"Connection": "close"})


def _query_string(request: Incoming) -> dict[str, Any]:
    given = {name: value for name, value in request.query.items() if value}
    asked: dict[str, Any] = {name: given[name] for name in ("query", "operationName", "documentId") if name in given}
    for name in ("variables", "extensions"):
        if name in given:
            asked[name] = parsed(given[name].encode(), f"The parameter {name}")
    return asked


def parsed(text: bytes | bytearray | str, what: str) -> Any:
    """The value of a JSON text; raises Fault 400, which calls the text `what`."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise bad_request(f"{what} is not valid JSON in UTF-8") from error


def asked_of(parameters: Any) -> Asked:
    """The request that these parameters are (GraphQL over HTTP, 5); raises Fault 400 where they are none."""
    if isinstance(parameters, list):
        raise bad_request("Send one request at a time: a list of requests is not served")
    if not isinstance(parameters, dict):
        raise bad_request("The body must be a JSON object with the member query")
    text, name = parameters.get("query"), parameters.get("operationName")
    variables, extensions = parameters.get("variables"), parameters.get("extensions")
    if variables is not None and not isinstance(variables, dict):
        raise bad_request("The member variables must be a JSON object")
    if extensions is not None and not isinstance(extensions, dict):
        raise bad_request("The member extensions must be a JSON object")
    if name is not None and not isinstance(name, str):
        raise bad_request("The member operationName must be a string")
    document_id = _document_id(parameters.get("documentId"), extensions or {})
    if text is None and document_id is not None:
        return Asked(None, document_id, variables or {}, name or None)
    if not isinstance(text, str) or not text.strip():
        raise bad_request("The member query must be a string that holds a GraphQL document")
    return Asked(text, document_id, variables or {}, name or None)


def _document_id(given: object, extensions: Mapping[str, Any]) -> str | None:
    """The id of a trusted document, or the SHA-256 of an automatic persisted query (its version 1)."""
    persisted = extensions.get("persistedQuery")
    if given is None and persisted is not None:
        if not isinstance(persisted, dict) or persisted.get("version") != 1:
            raise bad_request("extensions.persistedQuery must be an object of version 1 with a sha256Hash")
        given = persisted.get("sha256Hash")
        if given is None:
            raise bad_request("extensions.persistedQuery must have a sha256Hash")
    if given is None:
        return None
    if not isinstance(given, str) or not DOCUMENT_ID.fullmatch(given):
        raise bad_request("The id of a document has 1 to 128 letters, digits and marks of . _ : -")
    return given.removeprefix("sha256:")
