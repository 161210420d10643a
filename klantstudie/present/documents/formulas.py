"""Turns the TeX of a formula into MathML that every browser draws without a script; standard library only."""

from __future__ import annotations

import html
import re

LETTERS = {
    name: char
    for names, chars in (
        ("alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega",
         "αβγδεζηθικλμνξπρστυφχψω"),
        ("Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega", "ΓΔΘΛΞΠΣΥΦΨΩ"),
        ("varepsilon vartheta varphi ell infty partial hbar nabla", "ϵϑϕℓ∞∂ℏ∇"),
    )
    for name, char in zip(names.split(), chars, strict=True)
}  # fmt: skip
SIGNS = {
    "times": "×", "cdot": "⋅", "pm": "±", "mp": "∓", "div": "÷", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠",
    "neq": "≠", "approx": "≈", "sim": "∼", "simeq": "≃", "equiv": "≡", "propto": "∝", "to": "→", "rightarrow": "→",
    "leftarrow": "←", "Rightarrow": "⇒", "mid": "|", "in": "∈", "notin": "∉", "subset": "⊂", "cup": "∪", "cap": "∩",
    "ldots": "…", "dots": "…", "cdots": "⋯", "sum": "∑", "prod": "∏", "int": "∫", "forall": "∀", "exists": "∃",
    "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "langle": "⟨", "rangle": "⟩", "quad": "\u2003", "qquad": "\u2003\u2003",
    "%": "%", "&": "&", "_": "_", "#": "#", "$": "$", "{": "{", "}": "}", ",": "\u2009", ";": "\u2005", ":": "\u2005", "!": "",
    " ": "\u00a0", "perp": "⊥", "mathrel": "", "Vert": "‖", "vert": "|", "star": "⋆", "ast": "∗", "prime": "′",
}  # fmt: skip
FUNCTIONS = {"log", "ln", "exp", "min", "max", "sin", "cos", "tan", "arctan", "tanh", "artanh", "arctanh", "lim", "det",
             "var", "cov", "cor", "Pr", "arg", "logit"}  # fmt: skip
ACCENTS = {
    "hat": "^",
    "widehat": "^",
    "bar": "¯",
    "overline": "¯",
    "tilde": "~",
    "vec": "→",
    "dot": "˙",
    "widetilde": "~",
}
LARGE = {"∑", "∏", "∫"}
TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}^_&]|\d+(?:[.,]\d+)*|\s+|.", re.DOTALL)


def to_mathml(tex: str, *, block: bool = False) -> str:
    """Write a formula as MathML, with its TeX as alternative text; what is not understood stands as TeX.

    Knows fractions, roots, powers and indices, accents, Greek, relations, sums, functions, text, brackets and `cases`,
    `matrix`, `aligned`.
    """
    tex = tex.strip()
    shape = ' display="block"' if block else ""
    try:
        parser = _Parser(TOKEN.findall(tex))
        inner = parser.row(())
    except _Unknown:
        return f'<code class="tex">{html.escape(tex)}</code>'
    label = html.escape(tex, quote=True)
    return f'<math{shape} alttext="{label}"><mrow>{inner}</mrow></math>'


class _Unknown(Exception):
    """A command that this small reader does not know."""


class _Parser:
    """Reads tokens from left to right; one method for each shape of a formula."""

    def __init__(self, tokens: list[str]):
        self.tokens = tokens
        self.at = 0

    def peek(self) -> str:
        while self.at < len(self.tokens) and self.tokens[self.at].isspace():
            self.at += 1
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        if not token:
            raise _Unknown
        self.at += 1
        return token

    def row(self, ends: tuple[str, ...]) -> str:
        """Read until one of the closing tokens, which is left for the caller."""
        pieces = []
        while self.peek() and self.peek() not in ends:
            pieces.append(self.scripted())
        return "".join(pieces)

    def scripted(self) -> str:
        """Read one thing with its index and power."""
        base = self.atom()
        large = any(f"<mo>{sign}</mo>" == base for sign in LARGE) or base == "<mi>lim</mi>"
        low = high = ""
        while self.peek() in ("_", "^", "'"):
            sign = self.take()
            if sign == "_":
                low = self.atom()
            else:
                high = "<mo>′</mo>" if sign == "'" else self.atom()
        under, over, both = ("munder", "mover", "munderover") if large else ("msub", "msup", "msubsup")
        if low and high:
            return f"<{both}>{base}{low}{high}</{both}>"
        if low:
            return f"<{under}>{base}{low}</{under}>"
        return f"<{over}>{base}{high}</{over}>" if high else base

    def group(self) -> str:
        """Read a braced group, or one thing; of a bare number only the first digit, as TeX does."""
        token = self.peek()
        if len(token) > 1 and token[0].isdigit():
            self.tokens[self.at : self.at + 1] = [token[0], token[1:]]
        return self.atom()

    def words(self) -> str:
        """Read a braced group as plain text."""
        if self.take() != "{":
            raise _Unknown
        depth, pieces = 1, []
        while True:
            if self.at >= len(self.tokens):
                raise _Unknown
            token = self.tokens[self.at]
            self.at += 1
            depth += {"{": 1, "}": -1}.get(token, 0)
            if not depth:
                return "".join(pieces)
            pieces.append(" " if token.isspace() else token)

    def atom(self) -> str:
        token = self.take()
        if token == "{":
            inner = self.row(("}",))
            if self.take() != "}":
                raise _Unknown
            return f"<mrow>{inner}</mrow>"
        if token.startswith("\\"):
            return self.command(token[1:])
        if token[0].isdigit():
            return f"<mn>{token}</mn>"
        if token.isalpha():
            return f"<mi>{html.escape(token)}</mi>"
        if token in "}&":
            raise _Unknown
        fixed = ' stretchy="false"' if token in "()[]|" else ""
        return f"<mo{fixed}>{html.escape('−' if token == '-' else token)}</mo>"

    def command(self, name: str) -> str:
        if name in LETTERS:
            return f"<mi>{LETTERS[name]}</mi>"
        if name in FUNCTIONS:
            return f"<mi>{name}</mi>"
        if name in SIGNS:
            return (
                f"<mo>{html.escape(SIGNS[name])}</mo>"
                if SIGNS[name].strip()
                else f"<mtext>{SIGNS[name]}</mtext>"
            )
        if name in ("frac", "tfrac", "dfrac"):
            return f"<mfrac>{self.group()}{self.group()}</mfrac>"
        if name == "binom":
            return f'<mrow><mo>(</mo><mfrac linethickness="0">{self.group()}{self.group()}</mfrac><mo>)</mo></mrow>'
        if name == "sqrt":
            return self.root()
        if name in ACCENTS:
            return f'<mover accent="true">{self.group()}<mo>{ACCENTS[name]}</mo></mover>'
        if name in ("text", "mathrm", "operatorname", "textrm", "mathit", "textit"):
            slant = ' mathvariant="normal"' if name == "mathrm" else ""
            return f"<mtext{slant}>{html.escape(self.words())}</mtext>"
        if name in ("mathbf", "boldsymbol", "bm"):
            return f'<mrow style="font-weight:bold">{self.group()}</mrow>'
        if name == "left":
            return self.fenced()
        if name == "begin":
            return self.table()
        raise _Unknown

    def root(self) -> str:
        if self.peek() != "[":
            return f"<msqrt>{self.group()}</msqrt>"
        self.take()
        degree = self.row(("]",))
        self.take()
        return f"<mroot>{self.group()}<mrow>{degree}</mrow></mroot>"

    def fenced(self) -> str:
        first = self.bracket()
        inner = self.row(("\\right",))
        self.take()
        return f"<mrow>{first}{inner}{self.bracket()}</mrow>"

    def bracket(self) -> str:
        token = self.take()
        sign = "" if token == "." else SIGNS.get(token[1:], token[1:]) if token.startswith("\\") else token
        return f'<mo stretchy="true">{html.escape(sign)}</mo>' if sign else ""

    def table(self) -> str:
        kind = self.words()
        fences = {
            "cases": ("{", ""),
            "pmatrix": ("(", ")"),
            "bmatrix": ("[", "]"),
            "matrix": ("", ""),
            "aligned": ("", ""),
        }
        if kind not in fences:
            raise _Unknown
        rows, cells = [], []
        while True:
            cells.append(f"<mtd>{self.row(('&', chr(92) * 2, chr(92) + 'end'))}</mtd>")
            end = self.take()
            if end == "&":
                continue
            rows.append("<mtr>" + "".join(cells) + "</mtr>")
            cells = []
            if end == "\\end":
                break
        if self.words() != kind:
            raise _Unknown
        left, right = (f'<mo stretchy="true">{sign}</mo>' if sign else "" for sign in fences[kind])
        return f"<mrow>{left}<mtable>{''.join(rows)}</mtable>{right}</mrow>"
