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
    """One message: it `wants` the facts it refers to, by their names in it; the `optional` ones may be absent.

    The `judged` ones decide between variants, more than whether they are there, or are given to a function; all others
    are only shown.
    """

    pattern: Pattern
    wants: frozenset[str]
    optional: frozenset[str]
    judged: frozenset[str]


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
    return Message(pattern, frozenset(reader.wants), frozenset(reader.optional), frozenset(reader.judged))


class _Reader(Visitor):
    """Walks a message and the messages it refers to, and notes the facts."""

    def __init__(self, entries: dict[str, ast.Message]) -> None:
        self.entries = entries
        self.wants: set[str] = set()
        self.optional: set[str] = set()
        self.judged: set[str] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:
        self.wants.add(node.id.name)

    def visit_MessageReference(self, node: ast.MessageReference) -> None:
        if node.id.name not in self.entries:
            raise CatalogueError(f"there is no message {node.id.name} to refer to")
        self.visit(self.entries[node.id.name])

    def visit_SelectExpression(self, node: ast.SelectExpression) -> None:
        if isinstance(node.selector, ast.VariableReference):
            told_apart = [variant.key for variant in node.variants if not variant.default]
            nones = [key for key in told_apart if isinstance(key, ast.Identifier) and key.name == NONE]
            if nones:
                self.optional.add(node.selector.id.name)
            if told_apart != nones:
                self.judged.add(node.selector.id.name)
        self.generic_visit(node)

    def visit_FunctionReference(self, node: ast.FunctionReference) -> None:
        given = node.arguments.positional
        self.judged.update(each.id.name for each in given if isinstance(each, ast.VariableReference))
        self.generic_visit(node)
