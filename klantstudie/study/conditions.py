"""The language of a codebook's rules ("duration < 120 and land in ['NL']"), parsed and safely evaluated."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from klantstudie.errors import InputError

LONGEST = 2000  # characters; a longer rule is a mistake, and deep nesting would exhaust the parser
_BACKTICK = re.compile(r"`([^`]*)`")
_COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_COMPUTE: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
HELP = (
    "write for example: duration < 120, land == 'NL', `a column` in [1, 2], missing(q1); join by and, or, not"
)


@dataclass(frozen=True)
class Condition:
    """A parsed rule: the columns it names and the tree to evaluate."""

    text: str
    columns: tuple[str, ...]
    _tree: ast.expr
    _quoted: dict[str, str]

    def rows(self, frame: Any) -> Any:
        """Return a boolean array: True for the rows of a frame in which the rule holds.

        A comparison with a missing value does not hold, whatever the comparison; ask with missing(column).
        """
        return _evaluate(self, self._tree, frame)


def parse(text: str) -> Condition:
    """Return a rule as a Condition; anything but columns, values, comparisons, and/or/not is an error."""
    if len(text) > LONGEST:
        raise InputError(f"a rule is at most {LONGEST} characters long; this one has {len(text)}")
    quoted: dict[str, str] = {}

    def named(match: re.Match[str]) -> str:
        name = f"quoted_column_{len(quoted)}"
        quoted[name] = match.group(1)
        return name

    try:
        tree = ast.parse(_BACKTICK.sub(named, text).strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InputError(f"the rule {text!r} cannot be read; {HELP}") from error
    names = [quoted.get(name, name) for name in _condition(tree, text)]
    return Condition(text, tuple(dict.fromkeys(names)), tree, quoted)


def _asks_missing(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "missing"
        and len(node.args) == 1
        and not node.keywords
        and isinstance(node.args[0], ast.Name)
    )


def _condition(node: ast.AST, text: str) -> Iterator[str]:
    """Yield every column that a condition names; refuse every kind of node the language does not have."""
    if isinstance(node, ast.BoolOp):
        for part in node.values:
            yield from _condition(part, text)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield from _condition(node.operand, text)
    elif _asks_missing(node):
        yield node.args[0].id
    elif isinstance(node, ast.Call):
        raise InputError(f"the rule {text!r} calls a function; only missing(column) exists")
    elif isinstance(node, ast.Compare):
        yield from _comparison(node, text)
    else:
        raise InputError(f"the rule {text!r} is no condition; {HELP}")


def _comparison(node: ast.Compare, text: str) -> Iterator[str]:
    named = list(_operand_columns(node.left, text))
    for operation, right in zip(node.ops, node.comparators, strict=True):
        listed = isinstance(right, (ast.List, ast.Tuple))
        if isinstance(operation, (ast.In, ast.NotIn)):
            if not (listed and right.elts and all(_is_value(part) for part in right.elts)):
                raise InputError(f"the rule {text!r}: in and not in need a list of values, such as [1, 2]")
        elif type(operation) not in _COMPARE or listed:
            raise InputError(f"the rule {text!r} has a comparison that does not exist here; {HELP}")
        else:
            named += _operand_columns(right, text)
    if not named:
        raise InputError(f"the rule {text!r} compares values without naming a column; {HELP}")
    yield from named


def _operand_columns(node: ast.AST, text: str) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield from _operand_columns(node.operand, text)
    elif isinstance(node, ast.BinOp) and type(node.op) in _COMPUTE:
        yield from _operand_columns(node.left, text)
        yield from _operand_columns(node.right, text)
    elif not _is_value(node):
        raise InputError(f"the rule {text!r} holds something that is no column, value or comparison; {HELP}")


def _is_value(node: ast.AST) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return isinstance(node.operand, ast.Constant) and isinstance(node.operand.value, (int, float))
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float, str))


def _evaluate(rule: Condition, node: ast.AST, frame: Any) -> Any:
    if isinstance(node, ast.BoolOp):
        parts = [_evaluate(rule, part, frame) for part in node.values]
        joined = parts[0]
        for part in parts[1:]:
            joined = joined & part if isinstance(node.op, ast.And) else joined | part
        return joined
    if isinstance(node, ast.UnaryOp):
        return ~_evaluate(rule, node.operand, frame)
    if isinstance(node, ast.Call):
        return _column(rule, node.args[0].id, frame).isna().to_numpy(dtype=bool)
    held, left = None, node.left
    for operation, right in zip(node.ops, node.comparators, strict=True):
        found = _compare(rule, operation, left, right, frame)
        held, left = found if held is None else held & found, right
    return held


def _compare(rule: Condition, operation: ast.cmpop, left: ast.AST, right: ast.AST, frame: Any) -> Any:
    if isinstance(operation, (ast.In, ast.NotIn)):
        held = None
        for part in right.elts:
            found = _compare(rule, ast.Eq(), left, part, frame)
            held = found if held is None else held | found
        answered = _answered(_operand(rule, left, frame), frame)
        return held if isinstance(operation, ast.In) else answered & ~held
    a, b = _operand(rule, left, frame), _operand(rule, right, frame)
    if isinstance(a, str) != isinstance(b, str) or _textual(a) or _textual(b):
        a, b = _texts(rule, a, b, operation)
    found = _COMPARE[type(operation)](a, b)
    answered = _answered(a, frame) & _answered(b, frame)
    return _answered(found, frame, missing=False) & answered


def _textual(value: Any) -> bool:
    return hasattr(value, "dtype") and value.dtype.kind not in "iufb"


def _texts(rule: Condition, a: Any, b: Any, operation: ast.cmpop) -> tuple[Any, Any]:
    """Make both sides text, for == and != only: "10" < "9" would hold for text."""
    if not isinstance(operation, (ast.Eq, ast.NotEq)):
        raise InputError(f"the rule {rule.text!r} compares text by size; only ==, != and in work for text")
    return _text(a), _text(b)


def _text(value: Any) -> Any:
    if hasattr(value, "dtype"):
        if value.dtype.kind == "f" and (value.dropna() % 1 == 0).all():
            value = value.astype("Int64")
        return value.astype("string")
    return f"{value:g}" if isinstance(value, (int, float)) else value


def _answered(value: Any, frame: Any, *, missing: bool = True) -> Any:
    if not hasattr(value, "dtype"):
        return value is not None
    if missing:
        return value.notna().to_numpy(dtype=bool)
    return value.fillna(False).to_numpy(dtype=bool)


def _operand(rule: Condition, node: ast.AST, frame: Any) -> Any:
    if isinstance(node, ast.Name):
        return _column(rule, node.id, frame)
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.UnaryOp):
        return -_number(rule, _operand(rule, node.operand, frame))
    left, right = _operand(rule, node.left, frame), _operand(rule, node.right, frame)
    return _COMPUTE[type(node.op)](_number(rule, left), _number(rule, right))


def _number(rule: Condition, value: Any) -> Any:
    if isinstance(value, str) or _textual(value):
        raise InputError(f"the rule {rule.text!r} computes with text; + - * / work for numbers only")
    return value


def _column(rule: Condition, name: str, frame: Any) -> Any:
    from klantstudie.frames import require

    name = rule._quoted.get(name, name)
    require(frame, [name], f"rule {rule.text!r}")
    return frame[name]
