"""What does each language's catalogue say, and which facts does each of its messages want?

A message with a `[none]` variant for a fact can do without that fact.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.resolver import Pattern
from fluent.syntax import ast
from fluent.syntax.visitor import Visitor

from app.texts.facts import FUNCTIONS, NONE

REGIONS = {"es": "es-ES", "fr": "fr-FR", "it": "it-IT", "en": "en-GB"}  # how dates and numbers are written


@dataclass(frozen=True)
class Message:
    """One message: it `wants` the facts it refers to, by their names in it; the `optional` ones may be absent."""

    pattern: Pattern
    wants: frozenset[str]
    optional: frozenset[str]


@dataclass(frozen=True)
class Catalogue:
    """One language."""

    bundle: FluentBundle
    messages: dict[str, Message]


class CatalogueError(Exception):
    """A catalogue cannot be read; the message says where. A bug of ours."""


@cache
def catalogue(locale: str) -> Catalogue:
    """The catalogue of one of REGIONS, read once for each process. Raises CatalogueError."""
    source = files("app.texts").joinpath(f"{locale}.ftl").read_text(encoding="utf-8")
    return parse(source, REGIONS[locale])


def parse(source: str, region: str) -> Catalogue:
    """A catalogue from the text of its file, with dates and numbers as in `region` ("es-ES").

    Raises CatalogueError for what is no message, a message told twice or without a text, and a reference into the void.
    """
    resource = FluentResource(source)
    entries: dict[str, ast.Message] = {}
    for entry in resource.body:
        if isinstance(entry, ast.Junk):
            raise CatalogueError(f"{region}: not a message: {entry.content}")
        if isinstance(entry, ast.Message):
            if entry.id.name in entries:
                raise CatalogueError(f"{region}: {entry.id.name} is there twice")
            entries[entry.id.name] = entry
    bundle = FluentBundle([region], functions=FUNCTIONS, use_isolating=False)
    bundle.add_resource(resource)
    return Catalogue(bundle, {name: _message(name, bundle, entries) for name in entries})


def _message(name: str, bundle: FluentBundle, entries: dict[str, ast.Message]) -> Message:
    pattern = bundle.get_message(name).value
    if pattern is None:
        raise CatalogueError(f"{name} has no text")
    reader = _Reader(entries)
    reader.visit(entries[name])
    return Message(pattern, frozenset(reader.wants), frozenset(reader.optional))


class _Reader(Visitor):
    """Walks a message and the messages it refers to, and notes the facts."""

    def __init__(self, entries: dict[str, ast.Message]) -> None:
        self.entries = entries
        self.wants: set[str] = set()
        self.optional: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:
        self.wants.add(node.id.name)

    def visit_MessageReference(self, node: ast.MessageReference) -> None:
        if node.id.name not in self.entries:
            raise CatalogueError(f"there is no message {node.id.name} to refer to")
        self.visit(self.entries[node.id.name])

    def visit_SelectExpression(self, node: ast.SelectExpression) -> None:
        keys = {variant.key.name for variant in node.variants if isinstance(variant.key, ast.Identifier)}
        if NONE in keys and isinstance(node.selector, ast.VariableReference):
            self.optional.add(node.selector.id.name)
        self.generic_visit(node)
