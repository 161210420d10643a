"""Reads a model text in lavaan's syntax into statements, and says which line and word is wrong.

    visual  =~ x1 + x2 + NA*x3        a factor and its indicators       y ~ a*x + m      a regression
    x1 ~~ r*x2                        a (residual) covariance            x1 ~ c(i, i)*1   an intercept (also x1 ~1)
    x1 | t1 + t2                      thresholds                         x1 ~*~ c(1, NA)*x1  a scale (delta)
    ab := a*b                         a defined parameter                a == b, a == 0.5    an equality

A modifier before `*` is a number (fixed), NA (free), a label, start(0.5), equal("visual =~ x1"), or c(…), one per
group. Comments begin with # or !; statements end at a line's end or a semicolon; a line that ends in + or an operator,
or begins with +, continues.

Source: Rosseel (2012), lavaan: an R package for structural equation modeling; man page model.syntax of lavaan 0.6-14.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from klantstudie.errors import ModelError

OPERATORS = ("=~", "<~", "~*~", "~~", ":=", "==", "~", "|", "<", ">")
_FIND = re.compile(r"=~|<~|~\*~|~~|:=|==|~|\||<|>")
NAME = re.compile(r"[A-Za-zÀ-ɏ_.][A-Za-zÀ-ɏ0-9_.]*")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$")


@dataclass(frozen=True)
class Modifier:
    """What stands before a `*`: kind fixed, label, start or equal, with one value per group (or one for all)."""

    kind: str
    values: tuple


@dataclass(frozen=True)
class Statement:
    """One element of a model: left side, operator, right side, its modifiers and the line it stands on."""

    lhs: str
    op: str
    rhs: str
    line: int
    modifiers: tuple[Modifier, ...] = field(default=())

    @property
    def term(self) -> str:
        """The element as a person writes it."""
        return f"{self.lhs} ~1" if self.op == "~1" else f"{self.lhs} {self.op} {self.rhs}"


def wrong(line: int, what: str, text: str = "") -> ModelError:
    """Return the error that names the line of a model text."""
    return ModelError(f"model, line {line}: {what}" + (f" (in: {text.strip()})" if text.strip() else ""))


def parse(text: str) -> list[Statement]:
    """Return the elements of a model text; defined parameters and equalities keep their right side as text."""
    if not isinstance(text, str) or not text.strip():
        raise ModelError("the model is empty; write for example: visual =~ x1 + x2 + x3")
    statements: list[Statement] = []
    for line, formula in _formulas(text):
        statements += _formula(formula, line)
    if not any(statement.op not in (":=", "==") for statement in statements):
        raise ModelError("the model has no equation with =~, ~, ~~ or ~1")
    return _merged(statements)


def _formulas(text: str) -> Iterator[tuple[int, str]]:
    """Yield each formula with the number of its first line."""
    current, first = "", 0
    for number, raw in enumerate(text.splitlines(), 1):
        bare = re.split(r"[#!]", raw, maxsplit=1)[0]
        for piece in bare.split(";") if ";" in bare else [bare]:
            piece = piece.strip()
            if not piece:
                continue
            open_end = current and (current[-1] in "+*" or _ends_in_operator(current) or _depth(current) > 0)
            if current and not (open_end or piece[0] in "+*"):
                yield first, current
                current = ""
            if not current:
                first = number
            current = f"{current} {piece}" if current else piece
        if ";" in bare and bare.rstrip().endswith(";") and current:
            yield first, current
            current = ""
    if current:
        yield first, current


def _ends_in_operator(text: str) -> bool:
    return text.endswith(("=~", "~", "|", ":=", "=="))


def _depth(text: str) -> int:
    return text.count("(") - text.count(")")


def _formula(text: str, line: int) -> list[Statement]:
    quoted = re.sub(r"\"[^\"]*\"|'[^']*'", lambda found: "\0" * len(found.group()), text)
    found = _FIND.search(quoted)
    if found is None:
        raise wrong(line, f"no operator such as =~, ~ or ~~ at '{text.split()[0]}'", text)
    op, left, right = found.group(), text[: found.start()].strip(), text[found.end() :].strip()
    second = _FIND.search(quoted, found.end())
    if second is not None and op not in (":=", "=="):
        raise wrong(line, f"a second operator '{second.group()}' in one formula; begin a new line", text)
    if op in ("<", ">"):
        raise wrong(line, f"inequality constraints ('{op}') are not supported", text)
    if op == "<~":
        raise wrong(line, "formative blocks ('<~') are not supported; use a PLS model for composites", text)
    if not left or not right:
        side = "left" if not left else "right"
        raise wrong(line, f"nothing stands on the {side} of '{op}'", text)
    if op in (":=", "=="):
        if op == ":=":
            _name(left, line, text)
        return [Statement(left, op, right, line)]
    return [
        _element(lhs.strip(), op, piece, line, text)
        for lhs in _split(left, "+", line, text)
        for piece in _split(right, "+", line, text)
    ]


def _split(text: str, mark: str, line: int, whole: str) -> list[str]:
    """Split at a mark that stands outside brackets and quotes."""
    pieces, depth, quote, start = [], 0, "", 0
    for place, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign in "([":
            depth += 1
        elif sign in ")]":
            depth -= 1
        elif sign == mark and depth == 0 and not (mark == "+" and _exponent(text, place)):
            pieces.append(text[start:place])
            start = place + 1
    pieces.append(text[start:])
    if depth or quote:
        raise wrong(line, "a bracket or quote is not closed", whole)
    if any(not piece.strip() for piece in pieces):
        raise wrong(line, f"nothing stands beside '{mark}'", whole)
    return pieces


def _exponent(text: str, place: int) -> bool:
    return bool(re.search(r"[\d.][eE]$", text[:place])) and text[place + 1 : place + 2].isdigit()


def _element(lhs: str, op: str, piece: str, line: int, text: str) -> Statement:
    parts = [part.strip() for part in _split(piece, "*", line, text)]
    rhs, modifiers = parts[-1], [_modifier(part, line, text) for part in parts[:-1]]
    _name(lhs, line, text)
    if sum(modifier.kind == "label" for modifier in modifiers) > 1:
        raise wrong(line, f"'{piece.strip()}' gives one parameter two labels; use one of them", text)
    if op == "~" and rhs in ("1", "0"):
        if rhs == "0":
            modifiers.append(Modifier("fixed", (0.0,)))
        return Statement(lhs, "~1", "", line, tuple(modifiers))
    if ":" in rhs:
        raise wrong(line, f"'{rhs}': make the product a column of the data and use its name", text)
    if _NUMBER.match(rhs):
        raise wrong(line, f"'{rhs}' is a number where the name of a variable belongs", text)
    _name(rhs, line, text)
    if op == "|" and not re.fullmatch(r"t\d+", rhs):
        raise wrong(line, f"'{rhs}': thresholds are called t1, t2, …", text)
    if op == "~*~" and lhs != rhs:
        raise wrong(line, f"a scale ('~*~') has the same name on both sides, not '{rhs}'", text)
    if op in ("=~", "~") and lhs == rhs:
        raise wrong(line, f"'{lhs}' cannot stand on both sides of '{op}'", text)
    return Statement(lhs, op, rhs, line, tuple(modifiers))


def _name(word: str, line: int, text: str) -> None:
    if not NAME.fullmatch(word):
        told = f"'{word}' is no name of a variable: letters, digits, _ and . only; give it a short name"
        raise wrong(line, told + (", with column = … in the codebook" if " " in word else ""), text)


def _modifier(word: str, line: int, text: str) -> Modifier:
    if word.startswith("c(") and word.endswith(")"):
        parts = [_modifier(part.strip(), line, text) for part in _split(word[2:-1], ",", line, text)]
        kinds = {part.kind for part in parts if part.values != (None,)} or {"fixed"}
        if len(kinds) > 1 or any(len(part.values) != 1 for part in parts):
            raise wrong(line, f"'{word}' mixes numbers and labels", text)
        kind = kinds.pop()
        if kind == "label" and any(part.values == (None,) for part in parts):
            values = tuple("" if part.values == (None,) else part.values[0] for part in parts)
            return Modifier(kind, values)
        return Modifier(kind, tuple(part.values[0] for part in parts))
    if word == "NA":
        return Modifier("fixed", (None,))
    if _NUMBER.match(word):
        return Modifier("fixed", (float(word),))
    call = re.fullmatch(r"(start|fixed|label|equal)\((.*)\)", word)
    if call:
        return _called(call.group(1), call.group(2).strip(), line, text)
    if word[:1] in "\"'" and word[-1:] == word[:1] and len(word) > 2:
        return Modifier("label", (word[1:-1],))
    if NAME.fullmatch(word):
        return Modifier("label", (word,))
    raise wrong(line, f"'{word}' is no modifier; use a number, NA, a label, start(…), equal(…) or c(…)", text)


def _called(name: str, inside: str, line: int, text: str) -> Modifier:
    inner = inside[2:-1] if inside.startswith("c(") and inside.endswith(")") else inside
    pieces = [piece.strip() for piece in _split(inner, ",", line, text)]
    if name in ("start", "fixed"):
        bad = [piece for piece in pieces if not (_NUMBER.match(piece) or piece == "NA")]
        if bad:
            raise wrong(line, f"{name}({bad[0]}): a number belongs here", text)
        return Modifier(name, tuple(None if piece == "NA" else float(piece) for piece in pieces))
    values = tuple(piece.strip("\"'") for piece in pieces)
    if name == "equal":
        values = tuple(re.sub(r"\s+", "", value) for value in values)
    return Modifier(name, values)


def _merged(statements: list[Statement]) -> list[Statement]:
    """Join the modifiers of an element that is written more than once (as lavaan asks for two modifiers)."""
    kept: dict[tuple, Statement] = {}
    for statement in statements:
        key = (statement.lhs, statement.op, "" if statement.op == ":=" else statement.rhs)
        if statement.op == "~~" and (statement.rhs, "~~", statement.lhs) in kept:
            key = (statement.rhs, "~~", statement.lhs)
        if key not in kept:
            kept[key] = statement
            continue
        first = kept[key]
        if statement.op in (":=", "=="):
            if statement.op == ":=":
                raise wrong(statement.line, f"'{statement.lhs}' was defined before, in line {first.line}")
            continue
        kinds = {modifier.kind for modifier in first.modifiers} & {m.kind for m in statement.modifiers}
        if not statement.modifiers or kinds:
            raise wrong(
                statement.line, f"'{statement.term}' stands in the model twice; first in line {first.line}"
            )
        kept[key] = Statement(*key, first.line, first.modifiers + statement.modifiers)
    return list(kept.values())


FUNCTIONS = ("exp", "log", "sqrt", "abs")
_ALLOWED = (
    *(ast.Expression, ast.BinOp, ast.UnaryOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub),
    *(ast.UAdd, ast.Name, ast.Load, ast.Constant, ast.Call),
)


def expression(text: str, line: int) -> tuple[ast.expr, list[str]]:
    """Return the tree of an arithmetic expression and the labels in it; label k is called _k in the tree.

    Known are + - * / ^ ** and the functions exp, log, sqrt and abs.
    """
    labels: list[str] = []

    def known(found: re.Match) -> str:
        word = found.group()
        if word in FUNCTIONS and text[found.end() :].lstrip().startswith("("):
            return word
        if word not in labels:
            labels.append(word)
        return f"_{labels.index(word)}"

    plain = re.sub(r"(?<![\w.])[A-Za-zÀ-ɏ_][A-Za-zÀ-ɏ0-9_.]*", known, text)
    try:
        tree = ast.parse(plain.replace("^", "**").strip(), mode="eval")
    except SyntaxError as problem:
        raise wrong(line, f"'{text}' is no arithmetic expression") from problem
    for node in ast.walk(tree):
        number = not isinstance(node, ast.Constant) or type(node.value) in (int, float)
        call = not isinstance(node, ast.Call) or (
            isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS and len(node.args) == 1
        )
        if not (isinstance(node, _ALLOWED) and number and call):
            raise wrong(line, f"'{text}': only + - * / ^ and {', '.join(FUNCTIONS)} are known")
    return tree.body, labels
