"""What should the edge know of a field in advance: may caches keep it, is it the reader's own, may it be a guess?"""

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLField

PROGRAMME_S, CATALOGUE_S = 300, 10  # for how long caches may keep what staff rarely and sometimes change

PUBLIC_S, OF_READER, TRIES_CODE = "public_s", "of_reader", "tries_code"


def public(seconds: int) -> Mapping[str, Any]:
    """Metadata of a root field whose answer is the same for all and may be kept by shared caches for so long."""
    return {PUBLIC_S: seconds}


def of_reader() -> Mapping[str, Any]:
    """Metadata of a field whose answer depends on who asks, below a root field that is public."""
    return {OF_READER: True}


def tries_code() -> Mapping[str, Any]:
    """Metadata of a root field that looks a coupon up by its code, which may be a guess."""
    return {TRIES_CODE: True}


def hints_of(field: GraphQLField | None) -> Mapping[str, Any]:
    """The metadata of a field; none where it is not one of ours."""
    definition = field.extensions.get("strawberry-definition") if field is not None else None
    return definition.metadata if definition is not None else {}
