"""What does a resolver learn about where it runs, at the least cost?"""

from collections.abc import Set
from typing import TYPE_CHECKING, Any

from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode, SelectionNode
from strawberry.types import Info

from app.execution.records import Field, Place

if TYPE_CHECKING:
    from app.execution.run import Run


class LazyRaw:
    """Graphql-core's info: the field's nodes and the fragments are at hand, the rest is put together when asked for."""

    __slots__ = ("_place", "_run", "_where", "_whole", "field_nodes", "fragments")

    def __init__(self, run: "Run", field: Field, place: Place) -> None:
        self.field_nodes = field.nodes
        self.fragments = run.plan.definitions
        self._run = run
        self._where = field
        self._place = place
        self._whole: Any = None

    def __getattr__(self, name: str) -> Any:
        if self._whole is None:
            self._whole = self._run.raw(self._where, self._place)
        return getattr(self._whole, name)


class LazyInfo(Info[Any, Any]):
    """Strawberry's info; all but the context is put together only when somebody looks at it."""

    __slots__ = ("_place", "_raw", "_run", "_where", "context")

    context: Any
    _raw: Any

    def __init__(self, run: "Run", field: Field, place: Place) -> None:
        self.context = run.context
        self._run = run
        self._where = field
        self._place = place

    @property
    def _raw_info(self) -> Any:  # type: ignore[override]
        try:
            return self._raw
        except AttributeError:
            self._raw = LazyRaw(self._run, self._where, self._place)
            return self._raw

    @property
    def _field(self) -> Any:  # type: ignore[override]
        return self._where.strawberry


def selects(info: Info[Any, Any], names: Set[str]) -> bool:
    """Does the document select one of these fields below this one, however deep?

    Directives do not count: it may be left out all the same.
    """
    if not isinstance(info, LazyInfo):
        return _selects(info._raw_info, names)
    known: dict[Set[str], bool] = info._where.selects  # the same in each run of a plan
    found = known.get(names)
    if found is None:
        found = known[names] = _selects(info._raw_info, names)
    return found


def _selects(raw: Any, names: Set[str]) -> bool:
    waiting: list[SelectionNode] = list(raw.field_nodes)
    spread: set[str] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, FragmentSpreadNode):
            if node.name.value in spread:
                continue
            spread.add(node.name.value)
            waiting.extend(raw.fragments[node.name.value].selection_set.selections)
        elif isinstance(node, FieldNode) and node.name.value in names:
            return True
        elif isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set is not None:
            waiting.extend(node.selection_set.selections)
    return False
