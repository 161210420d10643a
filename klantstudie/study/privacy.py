"""Privacy: what in a file points at a person, keyed pseudonyms, and how small the groups are that remain."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from klantstudie.errors import InputError, OptionError, whole
from klantstudie.frames import labels, names, require
from klantstudie.result import Result, build
from klantstudie.study import numbers

KEY = "KLANTSTUDIE_KEY"  # the environment variable that holds the key of the pseudonyms; never a file beside the data
SHORTEST = 16  # characters; a shorter key can be tried out
REFERENCE = ("Sweeney (2002)", "Machanavajjhala et al. (2007)")

_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,24}")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_PHONE = re.compile(
    r"(?<![\d.,])(?!\d{1,2}-\d{1,2}-(?:19|20)\d\d\b)(?:\+31|0031|\+32|0032|0)[ -]?(?:\(0\))?[1-9](?:[ -]?\d){7,8}(?![\d])|(?<!\d)\+\d{1,3}(?:[ -]?\d){7,12}(?!\d)"
)
_POSTCODE = re.compile(r"\b[1-9]\d{3} ?(?!SA|SD|SS)[A-Z]{2}\b")
_NUMBER = re.compile(r"(?<![\d.,])\d{8,9}(?![\d]|[.,]\d)")
_IPV4 = re.compile(r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])")
_IPV6 = re.compile(r"(?<![0-9A-Fa-f:])(?:[0-9A-Fa-f]{1,4}:){4,7}[0-9A-Fa-f]{1,4}(?![0-9A-Fa-f:])")
_NAMED = re.compile(
    r"(?:naam|name|voornaam|achternaam|first_?name|last_?name|surname|recipient(?:first|last)name|e-?mail|e-?mailadres|"
    r"email_?address|recipientemail|adres|address|straat|street|telefoon|telefoonnummer|tel|phone|mobiel|mobile|"
    r"geboortedatum|date_?of_?birth|birthdate|dob|bsn|burgerservicenummer|iban|rekeningnummer|ip|ip_?adres|ipaddress|"
    r"ip_?addr|postcode|zip_?code|locationlatitude|locationlongitude|personeelsnummer|studentnummer|student_?number)",
    re.I,
)


def is_bsn(digits: str) -> bool:
    """Say whether eight or nine digits pass the eleven-test of a Dutch citizen service number."""
    if not digits.isdigit() or len(digits) not in (8, 9) or int(digits) == 0:
        return False
    padded = digits.zfill(9)
    total = sum(
        int(digit) * weight for digit, weight in zip(padded, (9, 8, 7, 6, 5, 4, 3, 2, -1), strict=True)
    )
    return total % 11 == 0


def is_iban(text: str) -> bool:
    """Say whether a text is an IBAN: its remainder modulo 97 is 1."""
    plain = text.replace(" ", "").upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}", plain):
        return False
    moved = plain[4:] + plain[:4]
    return int("".join(str(int(character, 36)) for character in moved)) % 97 == 1


def _found(pattern: re.Pattern[str], valid: Callable[[str], bool] = lambda _: True) -> Callable[[str], bool]:
    return lambda text: any(valid(match) for match in pattern.findall(text))


KINDS: dict[str, Callable[[str], bool]] = {
    "email": _found(_EMAIL),
    "iban": _found(_IBAN, is_iban),
    "phone": _found(_PHONE),
    "bsn": _found(_NUMBER, is_bsn),
    "postcode": _found(_POSTCODE),
    "ip": lambda text: bool(_IPV4.search(text) or _IPV6.search(text)),
}


def scan(frame: pd.DataFrame) -> Result:
    """Return which columns seem to hold personal data: one row a column and kind, with the number of such answers.

    Kinds: email, iban (modulo 97), phone (Dutch, Belgian, international), bsn (eleven-test), postcode, ip, and
    `column_name` where the name itself says so. Numbers are looked at too; since one in eleven passes the eleven-test
    by chance, a column counts as bsn only when more than half of its nine-digit numbers do. Values are never shown.
    A scan that finds nothing is no proof that nothing is there.

    References: Sweeney (2002).
    """
    rows = []
    for name in frame.columns:
        values = frame[name].dropna()
        if _NAMED.fullmatch(str(name).strip().replace(" ", "_").replace("-", "_")) or _NAMED.fullmatch(
            str(name).strip()
        ):
            rows.append({"term": str(name), "part": "column_name", "n": len(values), "share": 1.0})
        for kind, count in _kinds(values).items():
            rows.append({"term": str(name), "part": kind, "n": count, "share": count / len(frame)})
    rows = rows or [{"term": "none_found", "part": "", "n": 0, "share": 0.0}]
    return build(
        "study.scan",
        rows,
        n_total=len(frame),
        n_used=len(frame),
        method="patterns of personal data, checked by their own check digits where they have them",
        reference=REFERENCE[0],
        columns=sorted({row["term"] for row in rows if row["n"]}),
    )


def _kinds(values: pd.Series) -> dict[str, int]:
    """Return how many answers of a column hold each kind of personal data."""
    counts = values.value_counts(sort=False)
    numeric = pd.api.types.is_numeric_dtype(values)
    if numeric:
        whole_numbers = counts[(counts.index % 1 == 0) & (counts.index >= 1e7)]
        counts = pd.Series(whole_numbers.to_numpy(), index=[f"{int(value)}" for value in whole_numbers.index])
    found: dict[str, int] = {}
    texts = {str(text): int(count) for text, count in counts.items()}
    for kind, holds in KINDS.items():
        if numeric and kind not in ("bsn",):
            continue
        plain = {text: _IBAN.sub(" ", text) if kind == "phone" else text for text in texts}
        hits = {text: count for text, count in texts.items() if holds(plain[text])}
        if kind == "bsn" and not _really_bsn(texts, hits):
            continue
        if hits:
            found[kind] = sum(hits.values())
    return found


def _really_bsn(texts: dict[str, int], hits: dict[str, int]) -> bool:
    plain = [text for text in texts if re.fullmatch(r"\d{8,9}", numbers.tidy(text))]
    passing = [text for text in hits if text in plain]
    return bool(passing and len(passing) > len(plain) / 2) or any(text not in plain for text in hits)


def pseudonymise(
    frame: pd.DataFrame, columns: str | Sequence[str], key: str | bytes | None = None
) -> pd.DataFrame:
    """Return the frame with every value of the columns replaced by a keyed pseudonym (16 hexadecimal digits).

    The same value gets the same pseudonym in every column and file made with the same key (HMAC-SHA-256), whatever
    its case and surrounding spaces, and nobody without the key can tell which value that was or try values out.
    Without `key` it is read from the environment variable KLANTSTUDIE_KEY; it must have at least 16 characters and
    be kept apart from the data. Missing values stay missing.

    References: Krawczyk, Bellare and Canetti (1997).
    """
    secret = _key(key)
    listed = require(frame, names(columns))
    made = frame.copy()
    for name in listed:
        values = labels(frame, name)
        distinct = {text: _pseudonym(text, secret) for text in values.dropna().unique()}
        made[name] = values.map(distinct, na_action="ignore").astype("string")
    return made


def _key(key: str | bytes | None) -> bytes:
    found = key if key is not None else os.environ.get(KEY, "")
    secret = found.encode("utf-8") if isinstance(found, str) else bytes(found)
    if len(secret) < SHORTEST:
        raise OptionError(
            f"a key of at least {SHORTEST} characters is needed: set {KEY} in the environment, or make one with "
            'python -c "import secrets; print(secrets.token_hex(32))" and keep it apart from the data'
        )
    return secret


def _pseudonym(text: str, secret: bytes) -> str:
    return hmac.new(secret, numbers.tidy(text).casefold().encode("utf-8"), hashlib.sha256).hexdigest()[:16]


def k_anonymity(
    frame: pd.DataFrame, quasi_identifiers: Sequence[str], *, sensitive: Sequence[str] = (), k: int = 5
) -> Result:
    """Return how well respondents hide in groups that share the quasi-identifiers.

    Row `k_anonymity`: the size of the smallest group (`minimum`), the number of groups (`n`), the respondents in
    groups smaller than `k` (`n_flagged`) and their share. A row `l_diversity` for every sensitive column: the smallest
    number of different answers within a group, and the respondents in groups with a single one. A missing
    quasi-identifier counts as a label of its own.

    References: Sweeney (2002); Machanavajjhala et al. (2007).
    """
    whole("k", k, 2)
    listed = require(frame, quasi_identifiers, "quasi_identifiers")
    if frame.empty:
        raise InputError("quasi_identifiers: the data have no rows")
    found = pd.DataFrame({name: labels(frame, name).fillna("(missing)") for name in listed})
    group = found.groupby(listed, sort=False).ngroup().to_numpy()
    sizes = np.bincount(group)
    small = sizes[group] < k
    rows = [_anonymity("k_anonymity", "", sizes.min(), len(sizes), small)]
    for name in require(frame, sensitive, "sensitive") if sensitive else []:
        answers = labels(frame, name)
        different = answers.groupby(group).nunique().to_numpy()
        rows.append(_anonymity("l_diversity", name, different.min(), len(sizes), different[group] < 2))
    return build(
        "study.k_anonymity",
        rows,
        n_total=len(frame),
        n_used=len(frame),
        method=f"groups of equal {', '.join(map(str, listed))}; smaller than {k} is flagged",
        reference=REFERENCE,
        missing="a label of its own",
        k=k,
    )


def _anonymity(term: str, part: str, smallest: float, groups: int, flagged: np.ndarray) -> dict:
    return {
        "term": term,
        "part": part,
        "minimum": float(smallest),
        "n": groups,
        "n_flagged": int(flagged.sum()),
        "share": float(flagged.mean()),
    }


def suppress(table: pd.DataFrame, min_cell: int = 5) -> pd.DataFrame:
    """Return a frequency table without its small cells: counts from 1 to `min_cell` - 1 become missing.

    Where that leaves a row or column with a single missing cell, which its total would give away, the smallest other
    cell goes too, until no cell can be computed from the totals.

    References: Willenborg and de Waal (2001).
    """
    whole("min_cell", min_cell, 1)
    counts = table.to_numpy(dtype=float, copy=True)
    if (counts < 0).any():
        raise InputError("table: a count cannot be negative")
    hidden = (counts > 0) & (counts < min_cell)
    while True:
        before = hidden.sum()
        for cells, mask in ((counts, hidden), (counts.T, hidden.T)):
            for row in np.flatnonzero(mask.sum(axis=1) == 1):
                others = np.flatnonzero(~mask[row] & (cells[row] > 0))
                if not len(others):
                    others = np.flatnonzero(~mask[row])
                if len(others):
                    mask[row, others[np.argmin(cells[row, others])]] = True
        if hidden.sum() == before:
            break
    counts[hidden] = np.nan
    return pd.DataFrame(counts, index=table.index, columns=table.columns)
