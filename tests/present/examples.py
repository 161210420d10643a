"""One example Result for each figure, made of numbers without meaning; the gallery of pictures uses them too."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from klantstudie.result import Result, build

ITEMS = ["Snelheid van de levering van onderdelen", "Kennis van de monteur", "Prijs", "Bereikbaarheid", "Vriendelijkheid",
         "Nakomen van afspraken", "Website", "Factuur", "Kwaliteit van het product", "Garantie"]  # fmt: skip


def _made(kind: str, rows: list[dict], **more: object) -> Result:
    return build(kind, rows, n_total=266, n_used=250, method="m", reference="r", conf_level=0.95, **more)


def _row(term: str, middle: float, reach: float, **more: object) -> dict:
    return {"term": term, "estimate": middle, "conf_low": middle - reach, "conf_high": middle + reach, **more}


def _rng() -> np.random.Generator:
    return np.random.default_rng(3)


def forest() -> Result:
    rng = _rng()
    return _made(
        "groups.compare", [_row(t, rng.normal(0.1, 0.3), 0.2, group=g) for t in ITEMS[:6] for g in ("a", "b")]
    )


def bars() -> Result:
    rng = _rng()
    return _made(
        "drivers.relative_weights",
        [_row(t, abs(rng.normal(0.1, 0.1)), 0.03) for t in ITEMS],
        bounded=("estimate",),
    )


def gaps() -> Result:
    rows = [
        {"term": t, "gap": g, "conf_low": g - 0.2, "conf_high": g + 0.2}
        for t, g in zip(ITEMS, _rng().normal(-0.3, 0.4, 10))
    ]
    return _made("gaps.servqual", rows)


def caterpillar() -> Result:
    return _made(
        "multilevel.ranking", [_row(f"Team {i}", x, 0.5) for i, x in enumerate(_rng().normal(5, 0.6, 18))]
    )


def dumbbell() -> Result:
    rng = _rng()
    rows = [
        {"term": t, "group": g, "mean": 3 + rng.random()} for t in ITEMS[:7] for g in ("klant", "directie")
    ]
    return _made("describe.sample", rows)


def priority() -> Result:
    rng, rows = _rng(), []
    fields = {
        (True, True): "keep_up",
        (False, True): "concentrate",
        (False, False): "low_priority",
        (True, False): "overkill",
    }
    for term in ITEMS:
        x, y = rng.normal(3.9, 0.25), rng.normal(2.4, 0.15)
        sure = abs(x - 3.9) > 0.1 and abs(y - 2.4) > 0.05
        rows.append({"term": term, "importance": y, "importance_low": y - 0.05, "importance_high": y + 0.05,
                     "performance": x, "performance_low": x - 0.1, "performance_high": x + 0.1, "importance_line": 2.4,
                     "performance_line": 3.9, "quadrant": fields[x > 3.9, y > 2.4],
                     "decision": "supported" if sure else "inconclusive"})  # fmt: skip
    return _made("gaps.importance_performance", rows)


def kano() -> Result:
    rng = _rng()
    return _made(
        "kano.categories", [{"term": t, "better": rng.random(), "worse": -rng.random()} for t in ITEMS]
    )


def answers() -> Result:
    rng, rows = _rng(), []
    for term in ITEMS:
        rows += [
            {"term": term, "choice": str(k + 1), "share": x, "n": 200 * x}
            for k, x in enumerate(rng.dirichlet([1, 2, 3, 5, 3]))
        ]
    return _made("describe.answers", rows)


def nps() -> Result:
    return _made(
        "loyalty.nps", [_row("recommend", x, 9, group=g) for g, x in (("A", 12.3), ("B", -22.0), ("C", 42.0))]
    )


def correlations() -> Result:
    rng, names = (
        _rng(),
        ["imago", "verwachting", "kwaliteit", "waarde", "tevredenheid", "klacht", "loyaliteit"],
    )
    rows = [
        _row(a, float(np.tanh(rng.normal(0.4, 0.4))), 0.1, group=b)
        for i, a in enumerate(names)
        for b in names[:i]
    ]
    return _made("describe.correlations", rows, bounded=("estimate",))


def htmt() -> Result:
    rows = [
        row | {"part": "htmt", "estimate": abs(row["estimate"])}
        for row in correlations().table.to_dict("records")
    ]
    return _made("sem.validity", rows, bounded=("estimate",))


def loadings() -> Result:
    rng = _rng()
    rows = [{"term": t, "group": f"F{j + 1}", "estimate": rng.normal(0.7 if i % 3 == j else 0.05, 0.1)}
            for i, t in enumerate(ITEMS[:9]) for j in range(3)]  # fmt: skip
    return _made("factors.explore", rows)


def waterfall() -> Result:
    steps = [
        ("ruwe gegevens", 1681, 0),
        ("geen toestemming", 1650, 31),
        ("te snel", 1580, 70),
        ("rechte lijn", 1402, 178),
    ]
    return _made("cleaning.waterfall", [{"term": t, "n": n, "n_excluded": x} for t, n, x in steps])


def missing() -> Result:
    lost = [0, 0, 40, 3, 2, 7, 11, 0, 66, 0]
    return _made("describe.items", [{"term": t, "n": 250 - k, "n_missing": k} for t, k in zip(ITEMS, lost)])


EXAMPLES: dict[str, Callable[[], Result]] = {
    function.__name__: function
    for function in (forest, bars, gaps, caterpillar, dumbbell, priority, kano, answers, nps, correlations, htmt, loadings,
                     waterfall, missing)
}  # fmt: skip
