"""Which fields does a document select below this one?"""

from collections.abc import Set

from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode, SelectionNode

from app.api.info import Info


def selects(info: Info, names: Set[str]) -> bool:
    """Is one of these fields selected, however deep? Directives do not count: it may be left out all the same."""
    waiting: list[SelectionNode] = list(info._raw_info.field_nodes)
    spread: set[str] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, FragmentSpreadNode):
            if node.name.value in spread:
                continue
            spread.add(node.name.value)
            waiting.extend(info._raw_info.fragments[node.name.value].selection_set.selections)
        elif isinstance(node, FieldNode) and node.name.value in names:
            return True
        elif isinstance(node, FieldNode | InlineFragmentNode) and node.selection_set is not None:
            waiting.extend(node.selection_set.selections)
    return False
