"""One example Result for each figure, made of numbers without meaning; the gallery of pictures uses them too."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

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
    rows = [_row(f"Team {i}", x, 0.5) for i, x in enumerate(_rng().normal(5, 0.6, 18))]
    return _made("multilevel.ranking", [row | {"adjusted": 5 + 1.5 * (row["estimate"] - 5)} for row in rows])


def provider_funnel() -> Result:
    rng, rows = _rng(), []
    for i, n in enumerate((4, 6, 9, 12, 16, 20, 30, 45, 60, 80)):
        limit = 1.96 / np.sqrt(n)
        rows.append({"term": f"Team {i}", "n": n, "adjusted": rng.normal(6, 0.5), "limit_low": 6 - limit, "limit_high": 6 + limit})  # fmt: skip
    return _made("multilevel.ranking", rows)


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


def missing_map() -> Result:
    patterns = [
        ("complete", 180, 0),
        ("service 2", 30, 1),
        ("service 2, price 1, price 2", 12, 3),
        ("price 2", 8, 1),
    ]
    rows = [{"term": t, "part": "pattern", "n": n, "share": n / 240, "n_missing": k} for t, n, k in patterns]
    rows.append(
        {"term": "other_patterns", "part": "pattern", "n": 10, "share": 10 / 240, "n_missing": float("nan")}
    )
    lost = {"service 1": 0, "service 2": 45, "price 1": 17, "price 2": 26}
    rows += [
        {"term": t, "part": "item", "n": 240 - k, "share": k / 240, "n_missing": k} for t, k in lost.items()
    ]
    return _made("study.missing_patterns", rows)


def surface() -> Result:
    b = [4.6, 0.55, 0.75, -0.12, 0.2, -0.1]
    rows = [{"term": f"b{k}", "part": "coefficient", "estimate": x} for k, x in enumerate(b)]
    slopes = [("a1", 1.3), ("a2", -0.02), ("a3", -0.2), ("a4", -0.42)]
    rows += [_row(name, x, 0.2, part="surface") for name, x in slopes]
    return _made("gaps.surface", rows, ranges=((-2.0, 3.0), (-3.0, 3.0)))


def interaction() -> Result:
    x = np.linspace(18, 63, 9)
    rows = [
        _row("trained", 1.2 - 0.025 * v, 0.2 + 0.0006 * (v - 40) ** 2, part="curve", moderator=v) for v in x
    ]
    return _made("process.johnson_neyman", [*rows, _row("trained", 0.3, 0.3, part="bound", moderator=36.4)])


def path_diagram() -> Result:
    paths = [("Imago", "Verwachting", 0.5), ("Verwachting", "Kwaliteit", 0.56), ("Verwachting", "Waarde", 0.05),
             ("Kwaliteit", "Waarde", 0.56), ("Imago", "Tevredenheid", 0.18), ("Kwaliteit", "Tevredenheid", 0.51),
             ("Waarde", "Tevredenheid", 0.19), ("Tevredenheid", "Loyaliteit", 0.48)]  # fmt: skip
    return _made(
        "paths.pls", [_row(f"{a} -> {b}", x, 0.1, part="path") for a, b, x in paths], bounded=("estimate",)
    )


def _studies() -> list[dict]:
    rng = _rng()
    rows = []
    for k in range(13):
        error = 0.04 + 0.12 * rng.random()
        x = rng.normal(0.29, 0.12)
        rows.append(
            _row(
                f"Studie {k + 1}",
                x,
                1.96 * error,
                part="study",
                std_error=error,
                weight=1 / (error**2 + 0.015),
            )
        )
    return rows


def meta_forest() -> Result:
    pooled = _row("pooled", 0.29, 0.08, part="pooled", pred_low=0.01, pred_high=0.52)
    return _made("meta.random_effects", [pooled, *_studies()], measure="r")


def funnel() -> Result:
    return _made("meta.small_study", _studies(), measure="z")


def specification_curve() -> Result:
    rng = _rng()
    rows = [_row("contact", rng.normal(0.2, 0.1), 0.15, choice=f"covariates = {c}; outliers = {o}; score = {m}")
            for c in ("none", "age", "age + tenure") for o in ("kept", "left out") for m in ("mean", "sum", "factor")]  # fmt: skip
    return _made("multiverse.explore", rows)


def scree() -> Result:
    found = {"component": [3.1, 1.45, 0.6, 0.4, 0.3, 0.2], "factor": [2.6, 0.9, 0.05, -0.1, -0.2, -0.3]}
    chance = {"component": [1.4, 1.2, 1.05, 0.95, 0.8, 0.7], "factor": [1.1, 0.25, 0.12, 0.05, -0.05, -0.1]}
    rows = [{"term": str(k + 1), "part": part, "estimate": x, "threshold": chance[part][k]}
            for part, values in found.items() for k, x in enumerate(values)]  # fmt: skip
    return _made("factors.how_many", rows, fit={"n_components": 2.0, "n_factors": 2.0})


def ladder() -> Result:
    steps = [
        ("configural", 0.923, 0.097),
        ("metric", 0.921, 0.093),
        ("scalar", 0.882, 0.107),
        ("strict", 0.873, 0.104),
    ]
    rows = [
        {"term": t, "cfi": c, "rmsea": r, "delta_cfi": d}
        for (t, c, r), d in zip(steps, [np.nan, -0.002, -0.039, -0.009])
    ]
    return _made("sem.invariance", rows)


def bland_altman() -> tuple:
    rng = _rng()
    a = rng.normal(6.5, 1.0, 60)
    frame = pd.DataFrame({"manager": a, "customer": a - 0.4 + rng.normal(0, 0.8, 60)})
    limits = [_row("bias", 0.4, 0.2), _row("lower_limit", -1.2, 0.35), _row("upper_limit", 2.0, 0.35)]
    return _made("equivalence.methods", limits), frame, "manager", "customer"


def mosaic() -> Result:
    cells = {("Balie", "tevreden"): (60, 4.2), ("Balie", "ontevreden"): (20, -4.2), ("Telefoon", "tevreden"): (40, -1.0),
             ("Telefoon", "ontevreden"): (35, 1.0), ("Web", "tevreden"): (12, -3.1), ("Web", "ontevreden"): (25, 3.1)}  # fmt: skip
    rows = [{"term": t, "group": g, "n": n, "residual": z} for (t, g), (n, z) in cells.items()]
    return _made("groups.table", rows)


def bump() -> Result:
    rng = _rng()
    rows = [
        {"term": t, "group": g, "estimate": rng.random()}
        for t in ITEMS[:7]
        for g in ("Klant", "Balie", "Logistiek", "Fabriek")
    ]
    return _made("agreement.rank_agreement", rows)


def trend() -> Result:
    rng = _rng()
    rows = [_row("satisfaction", 7 + 0.05 * k + rng.normal(0, 0.1), 0.15, wave=str(2019 + k), group=g)
            for g in ("Overheid", "Markt") for k in range(6)]  # fmt: skip
    return _made("trend.waves", rows)


def pareto() -> Result:
    bundles = [("", 0, 0), ("tracking", 2.5, 10), ("chat, tracking", 5.5, 25), ("callback, tracking", 8.0, 45),
               ("callback, evening, tracking", 11.5, 70), ("callback, chat, evening, tracking", 13.0, 95)]  # fmt: skip
    rows = [
        {"term": f"front {k}", "part": "front", "choice": c, "value": v, "cost": x}
        for k, (c, v, x) in enumerate(bundles)
    ]
    return _made("kano.trade_off", [*rows, {**rows[4], "term": "best", "part": "best"}])


EXAMPLES: dict[str, Callable[[], Result]] = {
    function.__name__: function
    for function in (forest, bars, gaps, caterpillar, dumbbell, priority, kano, answers, nps, correlations, htmt, loadings,
                     waterfall, missing, missing_map, surface, interaction, path_diagram, meta_forest, funnel, provider_funnel, specification_curve, scree,
                     ladder, bland_altman, mosaic, bump, trend, pareto)
}  # fmt: skip
