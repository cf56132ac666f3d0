"""Does a campaign's condition hold, and if it cannot be compiled, where is it wrong? The only file that knows CEL.

The vocabulary is PROGRAMME 9's. Nothing in a condition can grow: neither `map` nor the joining of texts and lists is
offered, a condition has at most 2,000 characters, and CEL itself stops after 10,000 rounds of `all`, `exists` and
`filter`. What is left is measured at launch on orders of growing size, up to the largest there can be.
"""

import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from cel_expr_python import cel

from app.rules.facts import Input

log = logging.getLogger(__name__)

GREATEST_LENGTH = 2_000
GREATEST_SECONDS = 0.025
_SIZES = (1, 16, 64, 256, 1_024, 4_000)  # of lists; an order has at most 200 lines of 20 categories

_TEXTS = cel.Type.List(cel.Type.STRING)
VOCABULARY: Mapping[str, cel.Type] = {
    "order.net_minor": cel.Type.INT,
    "order.item_count": cel.Type.INT,
    "order.skus": _TEXTS,
    "order.categories": _TEXTS,
    "activity.kind": cel.Type.STRING,
    "activity.code": cel.Type.STRING,
    "activity.sku": cel.Type.STRING,
    "activity.local_date": cel.Type.STRING,
    "activity.weekday": cel.Type.INT,
    "activity.hour": cel.Type.INT,
    "member.market": cel.Type.STRING,
    "member.age_years": cel.Type.INT,
    "member.days_enrolled": cel.Type.INT,
    "member.purchases": cel.Type.INT,
}
_OFFERED = """
name: mi-points
stdlib:
  exclude_macros: [map]
  exclude_functions:
    - name: _+_
      overloads: [{id: add_string}, {id: add_list}, {id: add_bytes}]
"""
_ENVIRONMENT = cel.NewEnv(config=cel.NewEnvConfigFromYaml(_OFFERED), variables=dict(VOCABULARY))
_PLACE = re.compile(r"ERROR: <input>:(\d+):(\d+): ([^\n]*)")


@dataclass(frozen=True)
class ConditionFault:
    """Where a condition is wrong, from 1, and how.

    `problem`: TOO_LONG, TOO_DEEP, TOO_COSTLY, NOT_BOOL, NOT_A_TEXT, or the compiler's own words.
    """

    line: int
    column: int
    problem: str


def fault_of(text: str) -> ConditionFault | None:
    """What is wrong with a condition: syntax, an unknown name, a type, its length or its cost; None: it is sound."""
    if len(text) > GREATEST_LENGTH:
        return ConditionFault(1, GREATEST_LENGTH + 1, "TOO_LONG")
    if "\0" in text:  # no database keeps it
        return ConditionFault(1, 1, "NOT_A_TEXT")
    compiled = _compiled(text)
    if isinstance(compiled, ConditionFault):
        return compiled
    return ConditionFault(1, 1, "TOO_COSTLY") if _too_costly(compiled) else None


def holds(text: str, inputs: Mapping[str, Input]) -> bool:
    """Is the condition true of these inputs, one for each word of the vocabulary?

    An error while it is evaluated (a division by zero, an index beyond a list) counts as false and is logged.
    """
    compiled = _compiled(text)
    if isinstance(compiled, ConditionFault):
        raise ValueError(f"a condition that was never launched: {compiled}")
    try:
        answer = compiled.eval(data=dict(inputs))
    except RuntimeError as error:  # out of rounds
        log.warning("condition %r cannot be evaluated: %s", text, error)
        return False
    if answer.type() != cel.Type.BOOL:  # an error is answered as a text that would pass for true
        log.warning("condition %r cannot be evaluated: %s", text, answer.value())
        return False
    return answer.value() is True


@lru_cache(maxsize=256)
def _compiled(text: str) -> cel.Expression | ConditionFault:
    try:
        compiled = _ENVIRONMENT.compile(text)
    except RuntimeError as error:
        return _placed(str(error))
    except TypeError:  # half of a surrogate pair
        return ConditionFault(1, 1, "NOT_A_TEXT")
    return compiled if compiled.return_type() == cel.Type.BOOL else ConditionFault(1, 1, "NOT_BOOL")


def _placed(message: str) -> ConditionFault:
    found = _PLACE.search(message)
    if found is None:  # nested beyond what the compiler takes
        return ConditionFault(1, 1, "TOO_DEEP")
    return ConditionFault(int(found[1]), int(found[2]), found[3])


def _too_costly(compiled: cel.Expression) -> bool:
    for size in _SIZES:
        inputs = {name: _largest(name, kind, size) for name, kind in VOCABULARY.items()}
        before = time.thread_time()
        try:
            compiled.eval(data=inputs)
        except RuntimeError:  # out of rounds: it takes no longer for more
            return False
        if time.thread_time() - before > GREATEST_SECONDS:
            return True
    return False


def _largest(name: str, kind: cel.Type, size: int) -> Input:
    if kind == cel.Type.INT:
        return size
    return f"{name:>64}" if kind == cel.Type.STRING else [f"{place:064}" for place in range(size)]
