"""Turns data and a model text into samples and a parameter table, for every analysis of this room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from klantstudie.errors import InputError, ModelError, OptionError, option
from klantstudie.frames import labels, names, numeric, require
from klantstudie.moments import Moments
from klantstudie.numerics.sem import moments as sample_moments
from klantstudie.numerics.sem.engine import Fit, estimate
from klantstudie.numerics.sem.moments import Sample
from klantstudie.numerics.sem.objective import OrdinalSample
from klantstudie.numerics.sem.ordered import categories, of_ordered
from klantstudie.numerics.sem.syntax import Statement, parse
from klantstudie.numerics.sem.table import EQUAL, Table, build

ESTIMATORS = ("ml", "mlr", "wlsmv")
MISSING = ("listwise", "fiml")
LIKELIHOODS = ("normal", "wishart")
REFERENCES = {
    "ml": "Jöreskog (1969)",
    "mlr": "Yuan and Bentler (2000)",
    "wlsmv": "Muthén, du Toit and Spisic (1997)",
}


@dataclass
class Setting:
    """Data, model and choices of one analysis, ready to fit under any set of equalities."""

    statements: list[Statement]
    samples: list[Sample | OrdinalSample]
    observed: list[str]
    ordered: dict[str, int]
    groups: list[str]
    n_total: int
    n_used: int
    estimator: str
    missing: str
    likelihood: str
    known: list[np.ndarray] = field(default_factory=list)
    from_moments: bool = False
    notes: list[str] = field(default_factory=list)

    def table(
        self,
        equal: Sequence[str] = (),
        partial: Sequence[str] = (),
        statements: Sequence[Statement] | None = None,
    ) -> Table:
        """Return the parameter table, with these equalities between the groups."""
        made = build(
            self.statements if statements is None else statements,
            n_groups=len(self.groups) or 1,
            equal=equal,
            partial=partial,
            meanstructure=self.missing == "fiml",
            ordered=self.ordered,
        )
        if made.meanstructure and self.from_moments and np.isnan(self.samples[0].mean).any():
            raise InputError(
                "the model has means, but the moments print none; leave out ~1, or add the means"
            )
        return made

    def fit(
        self,
        equal: Sequence[str] = (),
        partial: Sequence[str] = (),
        statements: Sequence[Statement] | None = None,
    ) -> Fit:
        """Fit the model under these equalities."""
        return estimate(
            self.table(equal, partial, statements),
            self.samples,
            estimator=self.estimator,
            wishart=self.likelihood == "wishart",
            groups=self.groups,
        )

    @property
    def method(self) -> str:
        """The estimator in words."""
        words = {
            "ml": f"maximum likelihood ({self.likelihood} likelihood)",
            "mlr": "maximum likelihood, Huber-White errors, Yuan-Bentler scaled chi-square (MLR, as Mplus)",
            "wlsmv": "diagonally weighted least squares on polychoric correlations, robust errors, scaled and shifted "
            "chi-square (WLSMV, delta parameterisation)",
        }[self.estimator]
        if self.missing == "fiml":
            words += "; all answers used (FIML)"
        if self.groups:
            words += f"; {len(self.groups)} groups"
        return words

    def described(self) -> dict:
        """Return what every answer of this room says about its data."""
        return {
            "n_total": self.n_total,
            "n_used": self.n_used,
            "method": self.method,
            "missing": self.missing,
            "reference": ["Rosseel (2012)", REFERENCES[self.estimator]],
        }


def prepare(
    data: pd.DataFrame | Moments,
    model: str,
    *,
    estimator: str = "ml",
    missing: str = "listwise",
    likelihood: str = "normal",
    group: str | None = None,
    equal: Sequence[str] = (),
) -> Setting:
    """Check the choices, read the model and take the sample moments."""
    option("estimator", estimator, ESTIMATORS)
    option("missing", missing, MISSING)
    option("likelihood", likelihood, LIKELIHOODS)
    for word in _words(equal):
        option("equal", word, EQUAL)
    if equal and group is None:
        raise OptionError("equal: only a model with group=… has parameters that can be equal between groups")
    if estimator == "wlsmv" and missing == "fiml":
        raise OptionError("missing='fiml' needs estimator 'ml' or 'mlr'; 'wlsmv' takes complete cases")
    if likelihood == "wishart" and (estimator != "ml" or missing == "fiml"):
        raise OptionError("likelihood='wishart' needs estimator='ml' and complete cases")
    statements = parse(model)
    plain = build([s for s in statements if s.op not in ("|", "~*~")], n_groups=_spoken(statements))
    if isinstance(data, Moments):
        return _from_moments(data, statements, plain, estimator, missing, likelihood, group)
    return _from_frame(data, statements, plain, estimator, missing, likelihood, group)


def _words(equal: Sequence[str]) -> list[str]:
    if isinstance(equal, str):
        raise OptionError(f"equal is a list of words, such as ['loadings', 'intercepts']; given: {equal!r}")
    return list(equal)


def _spoken(statements: Sequence[Statement]) -> int:
    """The number of groups that the modifiers of the text speak of."""
    return max((len(m.values) for s in statements for m in s.modifiers), default=1)


def _from_moments(data, statements, plain, estimator, missing, likelihood, group) -> Setting:
    if estimator != "ml" or missing == "fiml" or group is not None:
        raise OptionError(
            "printed moments hold no answers of persons: only estimator='ml' with complete cases and without group "
            "is possible; for anything else give the data"
        )
    chosen = data.select(plain.observed, "model")
    unknown = np.argwhere(np.isnan(np.tril(chosen.corr)))
    if len(unknown):
        one, two = (chosen.columns[k] for k in unknown[0])
        raise InputError(f"model: the moments do not print the correlation of '{one}' and '{two}'")
    cov = chosen.cov * ((chosen.n - 1) / chosen.n if likelihood == "normal" else 1.0)
    if chosen.n <= len(chosen.columns):
        raise ModelError(f"{chosen.n} cases for {len(chosen.columns)} variables: more cases are needed")
    sample = sample_moments.of_moments(chosen.mean, cov, chosen.n, names=list(chosen.columns))
    return Setting(
        statements,
        [sample],
        plain.observed,
        {},
        [],
        chosen.n,
        chosen.n,
        estimator,
        missing,
        likelihood,
        from_moments=True,
    )


def _from_frame(data, statements, plain, estimator, missing, likelihood, group) -> Setting:
    absent = next((name for name in plain.observed if name not in data.columns), None)
    line = next((s.line for s in statements if absent is not None and absent in (s.lhs, s.rhs)), 0)
    require(data, plain.observed, f"model, line {line}" if line else "model")
    values = numeric(data, plain.observed, "model")
    n_total, notes = len(values), []
    of_group = None
    if group is not None:
        if group in plain.observed:
            raise InputError(f"group: '{group}' is a variable of the model too")
        of_group = labels(data, group)
        values, of_group = values[of_group.notna().to_numpy()], of_group.dropna()
    if missing == "listwise" or estimator == "wlsmv":
        keep = values.notna().all(axis=1).to_numpy()
    else:
        keep = values.notna().any(axis=1).to_numpy()
        if plain.exogenous:
            known = values[plain.exogenous].notna().all(axis=1).to_numpy()
            lost = int((keep & ~known).sum())
            if lost:
                notes.append(
                    f"{lost} cases without an answer on an exogenous variable ({', '.join(plain.exogenous)}) are left "
                    "out; give it a variance in the model (x ~~ x) to keep them"
                )
            keep = keep & known
    values = values[keep]
    if not len(values):
        raise InputError(
            f"model: none of {n_total} rows is complete on {', '.join(plain.observed)}; try missing='fiml'"
        )
    groups, blocks = [], [values.to_numpy(copy=True)]
    if of_group is not None:
        of_group = of_group[keep]
        groups = _group_order(data[group], of_group)
        if len(groups) < 2:
            raise InputError(
                f"group: '{group}' has one group only with complete answers: {', '.join(groups)}"
            )
        blocks = [values[(of_group == label).to_numpy()].to_numpy(copy=True) for label in groups]
    setting = Setting(
        statements,
        [],
        plain.observed,
        {},
        groups,
        n_total,
        len(values),
        estimator,
        missing,
        likelihood,
        notes=notes,
    )
    if estimator == "wlsmv":
        if plain.exogenous:
            raise ModelError(
                f"estimator='wlsmv': the observed predictor '{plain.exogenous[0]}' is no ordered item; measure it with "
                "a factor, or use estimator='mlr'"
            )
        setting.known = categories(values.to_numpy(), plain.observed)
        setting.ordered = {n: len(k) - 1 for n, k in zip(plain.observed, setting.known, strict=True)}
    setting.samples = [
        sample_of(setting, block, label) for block, label in zip(blocks, groups or [""], strict=True)
    ]
    return setting


def sample_of(
    setting: Setting, values: np.ndarray, label: str, *, saturated: bool = True
) -> Sample | OrdinalSample:
    """Return the sample of one group's answers; without `saturated` only what a refit needs."""
    try:
        if setting.estimator == "wlsmv":
            return of_ordered(values, setting.known, setting.observed, group=label)
        if setting.missing == "fiml":
            return sample_moments.of_incomplete(values, names=setting.observed, saturated=saturated)
        wishart = setting.likelihood == "wishart"
        return sample_moments.of_values(values, names=setting.observed, wishart=wishart)
    except ModelError as problem:
        if label and label not in str(problem):
            raise ModelError(f"group {label}: {problem}") from problem
        raise


def _group_order(column: pd.Series, of_group: pd.Series) -> list[str]:
    """Return the groups: in the order of the categories of a categorical column, else of first appearance."""
    present = [str(label) for label in of_group.unique()]
    if isinstance(column.dtype, pd.CategoricalDtype):
        frame = pd.DataFrame({"group": pd.Series(list(column.cat.categories))})
        return [str(label) for label in labels(frame, "group") if str(label) in present]
    return present


def one_name(column: str | None, role: str) -> str:
    """Return the name of one column that must be given."""
    if column is None:
        raise OptionError(f"{role}: name the column")
    return names(column, role)[0]
