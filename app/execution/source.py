"""What does the source text of a plan say?

Only names that count (`k1`, `s2`), and the names of attributes and parameters in the schema's own Python code, stand in
it; everything of the document is a constant in the namespace that the text runs in.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import GraphQLAbstractType, GraphQLLeafType, GraphQLObjectType, get_nullable_type, is_leaf_type
from graphql.execution import default_type_resolver

from app.execution.kept import MOST_ANSWERS
from app.execution.leaves import leaf_lines
from app.execution.records import Completer, Field, Function, Part
from app.execution.rules import CAST, Rules, is_name


class Source:
    """The text of a plan as it grows, and its namespace."""

    def __init__(self, rules: Rules, **constants: Any) -> None:
        self._rules = rules
        self._namespace: dict[str, Any] = dict(constants)
        self._texts: list[str] = []
        self._given: list[tuple[Completer, str]] = []
        self._numbers = 0
        self._known: dict[tuple[str, int], str] = {}
        self._fixed: set[str] = set()  # functions whose answer depends on their value alone
        self._varying: set[str] = set()  # and those whose answer depends on what varies as well: see `kept`

    def name(self, prefix: str, value: Any) -> str:
        """The name of a constant."""
        known = self._known.get((prefix, id(value)))
        if known is None:
            known = self._known[prefix, id(value)] = self._new(prefix)
            self._namespace[known] = value
        return known

    def give(self, completer: Completer, function: str) -> None:
        """Have a completer use a function, once it is made."""
        self._given.append((completer, function))

    def make(self) -> Mapping[str, Any]:
        """Turn the text into functions; answers the namespace that holds them."""
        exec(compile("\n".join(self._texts), "<plan>", "exec"), self._namespace)  # noqa: S102
        for completer, function in self._given:
            completer.function = self._namespace[function]
        self._texts, self._given = [], []
        return self._namespace

    def selection(
        self, parent: GraphQLObjectType, parts: Sequence[Part], *, guarded: bool, require: Sequence[str] = ()
    ) -> str:
        """A function that answers the fields of an object, in their order; `require`: the lines that come before."""
        lines, answered = ["w = False"], []
        for number, (key, completer, function) in enumerate(parts):
            if completer is None or function is None:
                answered.append(f"{self.name('k', key)}: {self.name('k', parent.name)}")
                continue
            at = f"(p, {self.name('k', key)}, {self.name('f', completer.field)})"
            v = f"v{number}"
            guard = self._guard(completer.field) if guarded else []
            tried = [*guard, *self._resolved(completer, v, at, function)]
            lines += _tried(tried, f"{v} = x.failed_field({self.name('c', completer)}, p)")
            answered.append(f"{self.name('k', key)}: {v}")
        lines += [f"r = {{{', '.join(answered)}}}", "if w: x.tie(r)", "return r"]
        conditions = None if guarded else self._rules.kept_if(parts, self._fixed | self._varying)
        varies = any(name in self._varying for _, _, name in parts)
        if conditions is not None and self._rules.may_be_kept(parent):
            lines = self._kept(lines, conditions, varies=varies)
        function = self._function("s", "s, p, x", [*require, *lines])
        if conditions is not None:
            (self._varying if conditions or varies else self._fixed).add(function)
        return function

    def _kept(self, lines: Sequence[str], conditions: Sequence[str], *, varies: bool) -> list[str]:
        """The lines of a selection for objects that are kept: made once, unless something is unusual.

        One of which something varies is made once for each state of that; without states once, where its `conditions`
        say that nothing does.
        """
        key = self.name("K", object())
        usual = ["z is not None", "not w", "x.called_core is None", f"len(z) < {MOST_ANSWERS}"]
        if not conditions and not varies:
            known = [f"    h = {key}"]
        else:
            known = ["    y = s.kept_varies", f"    h = {key} if y is None else ({key}, y(x.context))"]
            fixed = "False" if varies else " and ".join(f"s.{one}" for one in conditions)
            usual.append(f"({fixed} if y is None else h[1] is not None)")
        return [
            "z = getattr(s, 'kept_answers', None)",
            "if z is not None:",
            *known,
            "    r = z.get(h)",
            "    if r is not None: return r",
            *lines[:-1],
            f"if {' and '.join(usual)}: z[h] = r",
            "return r",
        ]

    def list_of(self, completer: Completer, item: Completer, function: str) -> str:
        """A function that answers a list."""
        at = "(q, i, None)"
        odd = f"o = x.odd({self.name('c', item)}, o, {at})"
        failed = f"o = x.failed_item({self.name('c', item)}, {at}, v)"
        lines = [
            f"if type(v) is not list and type(v) is not tuple: return x.by_core({self.name('c', completer)}, v, q)",
            "r = []",
            "w = False",
            "i = 0",
            "for o in v:",
            *_indented(_tried(self._value(item, "o", at, function, odd), failed)),
            "    r.append(o)",
            "    i += 1",
            "if w: x.tie(r)",
            "return r",
        ]
        made = self._function("m", "v, q, x", lines)
        if is_leaf_type(get_nullable_type(item.type)) or function in self._fixed:
            self._fixed.add(made)
        elif function in self._varying:
            self._varying.add(made)
        return made

    def of_its_type(self, completer: Completer, type_: GraphQLObjectType) -> list[str]:
        """The lines that hand an object that is not of its type to graphql-core."""
        if type_.is_type_of is None:
            return []
        is_type_of, known = self.name("t", type_.is_type_of), self.name("c", completer)
        origin = self._rules.origin(type_)
        if origin is not None:
            is_own = f"type(s) is {self.name('g', origin)} and getattr(s, {self.name('k', CAST)}, None) is None"
            return [f"if not ({is_own}) and not {is_type_of}(s, None): return x.by_core({known}, s, p)"]
        raw = f"x.raw({self.name('f', completer.field)}, p)"
        return [f"n = {is_type_of}(s, {raw})", f"if n is not True: return x.afresh({known}, s, p, n)"]

    def abstract_of(
        self,
        completer: Completer,
        type_: GraphQLAbstractType,
        branches: dict[str, Function],
        branch: Callable[[Any], Function | None],
    ) -> str:
        """A function that answers a value of an abstract type, by the type that it is of at run time."""
        resolve = self.name("t", type_.resolve_type or default_type_resolver)
        lines = [
            f"n = {resolve}(v, x.raw({self.name('f', completer.field)}, q), {self.name('g', type_)})",
            f"b = {self.name('b', branches)}.get(n) if type(n) is str else None",
            f"if b is None: b = {self.name('d', branch)}(n)",
            f"if b is None: return x.afresh({self.name('c', completer)}, v, q, n)",
            "return b(v, q, x)",
        ]
        return self._function("a", "v, q, x", lines)

    def _resolved(self, completer: Completer, v: str, at: str, function: str) -> list[str]:
        """The lines that resolve a field into `v` and complete it."""
        field = completer.field
        odd = f"{v} = x.odd_field({self.name('c', completer)}, {v}, p)"
        attribute = self._rules.attribute(field)
        if attribute is not None:
            names = all(map(is_name, attribute.split(".")))
            read = f"s.{attribute}" if names else f"getattr(s, {self.name('k', attribute)})"
            return [f"{v} = {read}", *self._value(completer, v, at, function, odd)]
        resolver = self._rules.resolver(field)
        if resolver is None:
            called = f"{v} = x.generic({self.name('f', field)}, s, {at})"
            return [called, *self._value(completer, v, at, function, odd)]
        before, call = self._call(field, at)
        if field.strawberry is not None and field.strawberry.is_async:
            stepped = f"{v} = x.step({self.name('c', completer)}, {call}, {at})"
            return [*before, stepped, f"if type({v}) is W: w = True"]
        return [*before, f"{v} = {call}", *self._value(completer, v, at, function, odd)]

    def _call(self, field: Field, at: str) -> tuple[list[str], str]:
        """The lines before the call of a resolver, and the call."""
        resolver = self._rules.resolver(field)
        assert resolver is not None and field.strawberry is not None
        given = self._rules.constant_arguments(field) if field.strawberry.arguments else {}
        info = f"I(x, {self.name('f', field)}, {at})" if self._rules.lazy_info else self._own_info(field, at)
        before: list[str] = []
        if given is None:
            before, info = [f"j = {info}"], "j"
        named: dict[str, str] = {}
        for parameter in (resolver.parent_parameter, resolver.root_parameter):
            if parameter is not None:
                named[parameter.name] = "s"
        if resolver.info_parameter is not None:
            named[resolver.info_parameter.name] = info
        arguments = ["s"] if resolver.self_parameter is not None else []
        arguments += [f"{name}={value}" for name, value in named.items()]
        if given is None:
            arguments.append(f"**x.arguments({self.name('f', field)}, j)")
        elif given:
            arguments.append(f"**{self.name('h', given)}")
        return before, f"{self.name('r', resolver.wrapped_func)}({', '.join(arguments)})"

    def _own_info(self, field: Field, at: str) -> str:
        known, info_class = self.name("y", field.strawberry), self.name("y", self._rules.strawberry.config.info_class)
        return f"{info_class}(_raw_info=x.raw({self.name('f', field)}, {at}), _field={known})"

    def _value(self, completer: Completer, v: str, at: str, function: str, odd: str) -> list[str]:
        """The lines that complete what was just resolved into `v`, with those for what is not plain."""
        bare: Any = get_nullable_type(completer.type)
        if is_leaf_type(bare):
            leaf: GraphQLLeafType = bare
            return leaf_lines(leaf, v, f"{odd}; w = True", nullable=completer.nullable, name=self.name)
        return [
            f"if type({v}) in PLAIN: {v} = {function}({v}, {at}, x)",
            f"elif {v} is not None: {odd}" if completer.nullable else f"else: {odd}",
            f"if type({v}) is W: w = True",
        ]

    def _guard(self, field: Field) -> list[str]:
        if self._rules.guard is None:
            return []
        asked = f"x.context, {self.name('g', field.parent)}, {self.name('k', field.name)}"
        return [f"g = {self.name('n', self._rules.guard)}({asked})", "if g is not None: raise g"]

    def _function(self, prefix: str, parameters: str, lines: Sequence[str]) -> str:
        name = self._new(prefix)
        self._texts.append("\n".join([f"def {name}({parameters}):", *_indented(lines)]))
        return name

    def _new(self, prefix: str) -> str:
        self._numbers += 1
        return f"{prefix}{self._numbers}"


def _tried(lines: Sequence[str], failed: str) -> list[str]:
    return ["try:", *_indented(lines), f"except Exception: {failed}"]


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"    {line}" for line in lines]
