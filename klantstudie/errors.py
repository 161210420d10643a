"""Errors that tell a person what was given, what would be right, and where; imports nothing of the package."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from difflib import get_close_matches


class KlantstudieError(ValueError):
    """The root of every error this package raises on purpose."""


class InputError(KlantstudieError):
    """The data do not fit the call: a missing column, text where numbers belong, too few cases."""


class OptionError(KlantstudieError):
    """A setting has a value that does not exist or lies outside its range."""


class ModelError(KlantstudieError):
    """A model has no answer: not identified, not converged, not positive definite."""


class RunError(KlantstudieError):
    """A notebook or a batch cannot be run as asked."""


class CodebookError(KlantstudieError):
    """A declared file is wrong; the message lists every problem, each with its place."""

    def __init__(self, source: str, problems: Sequence[str]):
        self.source = source
        self.problems = list(problems)
        count = len(self.problems)
        heading = f"{source}: {count} {'problem' if count == 1 else 'problems'}"
        super().__init__("\n".join([heading, *(f"  - {problem}" for problem in self.problems)]))


def nearest(word: str, words: Iterable[object]) -> str | None:
    """Return the word nearest in spelling to `word`, or None when nothing comes close."""
    candidates = {str(candidate).lower(): str(candidate) for candidate in words}
    found = get_close_matches(str(word).lower(), candidates, n=1, cutoff=0.6)
    return candidates[found[0]] if found else None


def suggestion(word: str, words: Iterable[object]) -> str:
    """Return ", did you mean 'x'?" for the nearest spelling, or an empty string."""
    found = nearest(word, words)
    return f", did you mean '{found}'?" if found else ""


def option(name: str, given: object, allowed: Collection[str]) -> str:
    """Return `given` when it is one of the allowed words; otherwise say which words are right."""
    if isinstance(given, str) and given in allowed:
        return given
    right = ", ".join(f"'{word}'" for word in allowed)
    hint = suggestion(given, allowed) if isinstance(given, str) else ""
    raise OptionError(f"{name} must be one of {right}; given: {given!r}{hint}")


def level(conf_level: float) -> float:
    """Return a confidence level when it lies strictly between 0 and 1."""
    valid = isinstance(conf_level, (int, float)) and not isinstance(conf_level, bool) and 0 < conf_level < 1
    if not valid:
        raise OptionError(f"conf_level must lie between 0 and 1, such as 0.95; given: {conf_level!r}")
    return float(conf_level)


def whole(name: str, value: object, minimum: int = 0) -> int:
    """Return a whole number of at least `minimum`; otherwise say so."""
    try:
        number = int(value)  # type: ignore[call-overload]
        exact = number == value and not isinstance(value, bool)
    except (TypeError, ValueError, OverflowError):
        exact = False
    if not exact or number < minimum:
        raise OptionError(f"{name} must be a whole number of at least {minimum}; given: {value!r}")
    return number
