"""The language in which texts are written: Jinja2 in its immutable sandbox, with only what a text needs.

No global, no call, no multiplication: a text made by staff can neither reach an object nor grow without bound.
Source of the pitfalls: LIBRARIES.md, "staff templates".
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NoReturn

from jinja2 import DictLoader, Environment, StrictUndefined, TemplateSyntaxError, Undefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.meta import find_undeclared_variables
from jinja2.sandbox import ImmutableSandboxedEnvironment

from vietnam import calendar, money
from vietnam.text import plain, shorten

_NODES_OF_A_TEXT = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.For,
    nodes.Name,
    nodes.Const,
    nodes.Getattr,
    nodes.Filter,
    nodes.Test,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
)
_BUILT_IN_FILTERS = ("join", "default", "length", "lower", "trim")
_OWN_FILTERS: Mapping[str, Callable[..., str]] = {
    "day": calendar.day,
    "moment": calendar.moment,
    "weekday": calendar.weekday,
    "dong": money.dong,
    "sms_dong": money.sms,
    "in_words": money.in_words,
    "digits": str,
    "plain": plain,
    "shorten": shorten,
}
_BUILT_IN_TESTS = ("defined", "none")
_LONGEST_SOURCE = 8_000


class Absent(Undefined):
    """A declared field that has no value this time: false in a condition, and an error when printed or looped over."""

    __slots__ = ()

    def __str__(self) -> str:
        return self._fail_with_undefined_error()

    def __iter__(self) -> Iterator[Any]:
        return self._fail_with_undefined_error()

    def __len__(self) -> int:
        return self._fail_with_undefined_error()


class _Sandbox(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"*", "**", "%", "+", "-", "/", "//"})

    def is_safe_callable(self, obj: Any) -> bool:
        return False

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> NoReturn:
        raise SecurityError(f"{operator} is not for texts")


def environment(sources: Mapping[str, str], *, html: bool) -> Environment:
    """The environment of all texts; with `html`, whatever a field holds is escaped."""
    made = _Sandbox(
        loader=DictLoader(dict(sources)),
        undefined=StrictUndefined,
        autoescape=html,
        finalize=_written,
        auto_reload=False,
        cache_size=-1,
    )
    made.globals.clear()
    own = {name: _of_a_value(shown) for name, shown in _OWN_FILTERS.items()}
    made.filters = {name: made.filters[name] for name in _BUILT_IN_FILTERS} | own
    made.tests = {name: made.tests[name] for name in _BUILT_IN_TESTS}
    return made


def objections(source: str, allowed: frozenset[str] | None, made: Environment) -> list[str]:
    """Why staff's text cannot be taken, in Vietnamese; `allowed` are its event's fields, None for any.

    The text is only read here, never run.
    """
    if len(source) > _LONGEST_SOURCE:
        return [f"Nội dung dài quá {_LONGEST_SOURCE} ký tự"]
    try:
        tree = made.parse(source)
        made.compile(tree)
    except TemplateSyntaxError as fault:
        return [f"Dòng {fault.lineno}: viết chưa đúng cú pháp, xin xem lại dấu ngoặc và tên bộ lọc"]
    found = [f"Dòng {line}: không được dùng {what} trong mẫu tin" for line, what in _forbidden(tree)]
    if allowed is not None:
        unknown = sorted((find_undeclared_variables(tree) | _itself(tree)) - allowed)
        found += [f"Không có trường “{name}” trong loại tin này" for name in unknown]
    return found


def _forbidden(tree: nodes.Template) -> list[tuple[int, str]]:
    faults = [(node.lineno, type(node).__name__) for node in _all(tree) if not isinstance(node, _NODES_OF_A_TEXT)]
    faults += [
        (inner.lineno, "vòng lặp lồng nhau") for loop in tree.find_all(nodes.For) for inner in loop.find_all(nodes.For)
    ]
    faults += [
        (loop.lineno, "vòng lặp trên thứ không phải trường danh sách")
        for loop in tree.find_all(nodes.For)
        if not isinstance(loop.iter, nodes.Name)
    ]
    return faults


def _itself(tree: nodes.Template) -> set[str]:
    """`self`, which Jinja itself brings into every template and therefore does not count as undeclared."""
    return {name.name for name in tree.find_all(nodes.Name) if name.name == "self"}


def _all(tree: nodes.Node) -> list[nodes.Node]:
    return [tree, *(node for child in tree.iter_child_nodes() for node in _all(child))]


def _of_a_value(shown: Callable[..., str]) -> Callable[..., str]:
    """The filter, which names the missing field instead of failing on what is not there."""

    def filtered(value: Any, *options: Any) -> str:
        if isinstance(value, Undefined):
            str(value)  # raises, naming the field
        return shown(value, *options)

    return filtered


def _written(value: Any) -> Any:
    """How a bare field is printed: moments and sums as people read them, never as Python would."""
    if isinstance(value, datetime):
        return calendar.moment(value)
    if isinstance(value, date):
        return calendar.day(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}".replace(",", ".")
    if isinstance(value, tuple | list):
        return "; ".join(str(item) for item in value)
    return value
