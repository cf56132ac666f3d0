"""What came of a request: ids and figures, or the reasons why it was refused?"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from app.rules.text import JsonScalar


@dataclass(frozen=True)
class Refusal:
    """Why a request was refused: a UserErrorCode, its facts, and the path of the input field at fault, if any."""

    code: str
    facts: Mapping[str, JsonScalar] = field(default_factory=dict)
    path: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What is stored under an idempotency key. A refusal holds errors and nothing else.

    `deferred`: stored, to be applied when its cause arrives. `figures` are points and minor units by name.
    `written`: rows as this transaction left them, to spare the answer a read; not stored, a replay reads them afresh.
    """

    errors: tuple[Refusal, ...] = ()
    member_id: int | None = None
    activity_id: int | None = None
    coupon_id: int | None = None
    reservation_id: int | None = None
    offer_id: int | None = None
    campaign_id: int | None = None
    revision_id: int | None = None
    deferred: bool = False
    figures: Mapping[str, JsonScalar] = field(default_factory=dict)
    written: tuple[object, ...] = field(default=(), compare=False, repr=False)

    def stored(self) -> dict[str, Any]:
        """Its plain JSON values, without `written`."""
        plain = {name: getattr(self, name) for name in _PLAIN}
        errors = [{"code": one.code, "facts": dict(one.facts), "path": one.path} for one in self.errors]
        return {"errors": errors, **plain, "figures": dict(self.figures)}

    @staticmethod
    def restored(stored: Mapping[str, Any]) -> "Outcome":
        errors = tuple(Refusal(error["code"], error["facts"], tuple(error["path"])) for error in stored["errors"])
        return Outcome(**{**stored, "errors": errors})


_PLAIN = tuple(one.name for one in fields(Outcome) if one.name not in ("errors", "figures", "written"))


def refused(code: str, *path: str, **facts: JsonScalar) -> Outcome:
    """An outcome that changes nothing, for one reason."""
    return Outcome(errors=(Refusal(code, facts, path),))


def invalid(problem: str, *path: str, **facts: JsonScalar) -> Outcome:
    """INVALID_INPUT at the input field `path`, with the problem in one word (`error-INVALID_INPUT` in texts)."""
    return refused("INVALID_INPUT", *path, problem=problem, **facts)
