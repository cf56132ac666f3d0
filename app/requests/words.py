"""Is this word of an input fit to be stored and spoken back?"""

from app.requests.outcome import Outcome, invalid

ID_LENGTH = 128  # order, review, share, Mi Account and device ids, references
SOURCE_LENGTH = 64
SKU_LENGTH = 64
NOTE_LENGTH = 500


def unfit(*words: tuple[str, str | None, int]) -> Outcome | None:
    """What is wrong with the first of `(field, text, greatest length)` that is empty, too long or not printable."""
    return next((problem for field, text, maximum in words if (problem := _problem(field, text, maximum))), None)


def _problem(field: str, text: str | None, maximum: int) -> Outcome | None:
    if text is None:
        return None
    if not text.strip():
        return invalid("EMPTY", field)
    if len(text) > maximum:
        return invalid("TOO_LONG", field, maximum=maximum)
    return None if text.isprintable() else invalid("CONTROL_CHARACTERS", field)
