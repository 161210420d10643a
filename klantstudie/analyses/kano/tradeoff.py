"""Customer value against cost under hard rules: the bundles worth choosing, and what each rule costs the customer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from klantstudie import frames
from klantstudie.errors import InputError, ModelError
from klantstudie.numerics import kano as numerics
from klantstudie.result import Result, build

MOST = 20  # options whose bundles are all visited


def trade_off(
    frame: pd.DataFrame,
    option: str,
    value: str,
    cost: str,
    *,
    limits: Mapping[str, float] | None = None,
    required: str | None = None,
    forbidden: str | None = None,
) -> Result:
    """Weigh options (one per row) by customer value and cost, within hard limits, and price every limit.

    A bundle is a choice of options; its value, cost and use of each limited column are sums. `limits` gives
    the largest total per column ({"cost": 100, "minutes": 60}: budget, staff load); `required` and
    `forbidden` name columns of 0 and 1 for what the law asks or rules out. All bundles are visited (to 20
    options). Part "front": the feasible bundles that no other beats, cheapest first. Part "best": the one
    of most value. Part "limit": per limit, the total in the best bundle, the value gained if the limit fell
    away (estimate), and the shadow price, value per unit when options could be had in parts (linear
    relaxation). Part "rule": the value gained if one required option might be left out, or one forbidden
    option taken; 0 when it costs nothing. Values and costs are taken as known: run it again over intervals
    of value to see what is sure.
    Errors: missing answers, two rows for one option, more than 20 options, no bundle within the limits.

    References: Anderson, Fornell and Rust (1997); Ehrgott (2005), chapter 2; Bertsimas and Tsitsiklis
    (1997), chapter 4.
    """
    names, numbers, caps = _read(frame, option, value, cost, limits, required, forbidden)
    must = numbers[required].to_numpy() == 1 if required else np.zeros(len(names), dtype=bool)
    barred = numbers[forbidden].to_numpy() == 1 if forbidden else np.zeros(len(names), dtype=bool)
    if (must & barred).any():
        raise InputError(f"'{names[int(np.argmax(must & barred))]}' is both required and forbidden")
    plan = _Plan(
        numbers[value].to_numpy(),
        numbers[cost].to_numpy(),
        numbers[list(caps)].to_numpy(),
        caps,
        must,
        barred,
    )
    rows, best = _bundle_rows(names, plan)
    rows += _limit_rows(plan, best) + _rule_rows(names, plan, best)
    return build(
        "kano.trade_off",
        rows,
        n_total=len(names),
        n_used=len(names),
        missing="refused",
        method=f"all bundles of {len(names)} options" + ("" if caps else "; no limits"),
        reference="Anderson, Fornell and Rust (1997); Ehrgott (2005); Bertsimas and Tsitsiklis (1997)",
        fit={"n_feasible": int(plan.feasible.sum()), "n_bundles": len(plan.chosen)},
    )


class _Plan:
    """All bundles with their totals, and which of them keep every limit and rule."""

    def __init__(
        self,
        value: np.ndarray,
        cost: np.ndarray,
        use: np.ndarray,
        caps: Mapping[str, float],
        must: np.ndarray,
        barred: np.ndarray,
    ):
        self.value, self.cost, self.use, self.caps, self.must, self.barred = (
            value,
            cost,
            use,
            caps,
            must,
            barred,
        )
        self.chosen = numerics.bundles(value).astype(bool)
        self.total_value, self.total_cost, self.total_use = (
            self.chosen @ value,
            self.chosen @ cost,
            self.chosen @ use,
        )
        # Sums of decimals carry dust; a limit that is met exactly must not fail on it.
        room = np.array(list(caps.values())) * (1 + 1e-12) + 1e-12
        self.within = self.total_use <= room
        self.lawful = (self.chosen[:, must].all(1)) & ~(self.chosen[:, barred].any(1))
        self.feasible = self.within.all(1) & self.lawful
        if not self.feasible.any():
            raise ModelError("no bundle keeps all limits and rules together")

    def most(self, allowed: np.ndarray) -> float:
        """Return the largest value among the allowed bundles."""
        return float(self.total_value[allowed].max())

    def shadow_prices(self) -> np.ndarray:
        """Return the value of one more unit of each limit when options may be taken in parts."""
        bounds = [
            (1.0, 1.0) if m else (0.0, 0.0) if b else (0.0, 1.0)
            for m, b in zip(self.must, self.barred, strict=True)
        ]
        found = linprog(
            -self.value, A_ub=self.use.T, b_ub=list(self.caps.values()), bounds=bounds, method="highs"
        )
        return -np.asarray(found.ineqlin.marginals)


def _read(
    frame: pd.DataFrame,
    option: str,
    value: str,
    cost: str,
    limits: Mapping[str, float] | None,
    required: str | None,
    forbidden: str | None,
) -> tuple[list[str], pd.DataFrame, dict[str, float]]:
    label = frames.labels(frame, option, "option")
    if label.isna().any() or label.duplicated().any():
        raise InputError(f"option: every row of '{option}' needs its own name")
    if len(label) > MOST:
        raise InputError(f"option: {len(label)} options have too many bundles; at most {MOST}")
    caps = {str(name): float(cap) for name, cap in (limits or {}).items()}
    rules = [name for name in (required, forbidden) if name]
    columns = list(dict.fromkeys([value, cost, *caps, *rules]))
    numbers = frames.numeric(frame, columns, "value, cost, limits and rules")
    empty = [name for name in columns if numbers[name].isna().any()]
    if empty:
        raise InputError(f"a plan has no missing answers; empty cells in {', '.join(empty)}")
    for name in rules:
        if not numbers[name].isin([0, 1]).all():
            raise InputError(f"'{name}' must hold 0 or 1 per option")
    # Sorted by name, so that the order of the rows decides nothing.
    order = np.argsort(label.to_numpy(dtype=str), kind="stable")
    return [str(name) for name in label.to_numpy()[order]], numbers.iloc[order], caps


def _bundle_rows(names: list[str], plan: _Plan) -> tuple[list[dict], int]:
    places = np.flatnonzero(plan.feasible)
    efficient = places[numerics.front(plan.total_value[places], plan.total_cost[places])]
    rows = [
        {"term": f"front {rank}", "part": "front", **_bundle(names, plan, place)}
        for rank, place in enumerate(efficient, start=1)
    ]
    best = int(efficient[-1])
    return [*rows, {"term": "best", "part": "best", **_bundle(names, plan, best)}], best


def _bundle(names: list[str], plan: _Plan, place: int) -> dict[str, object]:
    chosen = [name for name, taken in zip(names, plan.chosen[place], strict=True) if taken]
    return {
        "choice": ", ".join(chosen),
        "n": len(chosen),
        "value": plan.total_value[place],
        "cost": plan.total_cost[place],
    }


def _limit_rows(plan: _Plan, best: int) -> list[dict]:
    if not plan.caps:
        return []
    prices = plan.shadow_prices()
    rows = []
    for i, (name, cap) in enumerate(plan.caps.items()):
        others = np.delete(plan.within, i, axis=1).all(1) & plan.lawful
        rows.append(
            {"term": name, "part": "limit", "limit": cap, "used": plan.total_use[best, i]}
            | {"estimate": plan.most(others) - plan.total_value[best], "shadow_price": prices[i]}
        )
    return rows


def _rule_rows(names: list[str], plan: _Plan, best: int) -> list[dict]:
    kept = plan.within.all(1)
    rows = []
    for i, name in enumerate(names):
        if not (plan.must[i] or plan.barred[i]):
            continue
        must, barred = plan.must.copy(), plan.barred.copy()
        must[i] = barred[i] = False
        freed = kept & plan.chosen[:, must].all(1) & ~plan.chosen[:, barred].any(1)
        rows.append(
            {"term": name, "part": "rule", "note": "required" if plan.must[i] else "forbidden"}
            | {"estimate": plan.most(freed) - plan.total_value[best]}
        )
    return rows
