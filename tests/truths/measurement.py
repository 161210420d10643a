"""Measurement: what is put into the simulated studies 06 and 09, each number with its interval."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from klantstudie.analyses import drivers, process, sem
from tests.recovery import ends

QUALITY = "kwaliteit =~ kwaliteit1 + kwaliteit2 + kwaliteit3 + kwaliteit4"
TRUST = "vertrouwen =~ vertrouwen1 + vertrouwen2 + vertrouwen3 + vertrouwen4"
LOYALTY = "loyaliteit =~ loyaliteit1 + loyaliteit2 + loyaliteit3 + loyaliteit4"
SHIFT = "kwaliteit3 ~ c(i1, i2)*1\nshift := i2 - i1"
CAUSES = ["techniek", "proces", "cultuur"]


def technique(frame, truth):
    scores = {name: frame[[f"{name}{j}" for j in range(1, 5)]].mean(axis=1) for name in CAUSES}
    customers = frame[["klantscore1", "klantscore2", "klantscore3"]].mean(axis=1)
    frame = frame.assign(
        klantscore=customers, **{name: one - truth["center"] for name, one in scores.items()}
    )
    plain = drivers.regression(frame, "klantscore", CAUSES)
    for name in CAUSES:
        yield f"slope of {name}", truth["slopes"][name], ends(plain, name)
    both = process.moderation(
        frame, "techniek", "cultuur", "klantscore", covariates=["proces"], errors="hc3", center="none"
    )
    product = truth["technique_times_culture"]
    yield "interaction", product, ends(both, "techniek:cultuur", part="coefficient")
    yield "technique at the centre", truth["slopes"]["techniek"], ends(both, "techniek", part="coefficient")
    # the contrast of the notebook: the difference of two standardised weights
    z = (frame[["klantscore", *CAUSES]] - frame[["klantscore", *CAUSES]].mean()) / frame[
        ["klantscore", *CAUSES]
    ].std()
    z = z.assign(som=z["cultuur"] + z["techniek"], verschil=(z["cultuur"] - z["techniek"]) / 2)
    weights = np.array([truth["slopes"][name] * 10 / 8 for name in CAUSES])
    r = 0.4
    product_variance = (product * 100 / 8) ** 2 * (1 + r**2)
    variance = weights @ (r + (1 - r) * np.eye(3)) @ weights + product_variance + 0.75**2
    contrast = drivers.regression(z, "klantscore", ["verschil", "som", "proces"])
    yield "contrast", (weights[2] - weights[0]) / np.sqrt(variance), ends(contrast, "verschil")


def public(frame, truth):
    differences = truth["latent_difference"]
    for name, model, freed in (("kwaliteit", QUALITY, ["kwaliteit3 ~1"]), ("loyaliteit", LOYALTY, [])):
        means = sem.latent_means(frame, model, "sector", partial=freed)
        sign = 1 if float(means.table["reference_group"].iloc[0]) == 1 else -1
        yield f"latent {name}", sign * differences[name], ends(means, name, "effect", part="partial")
    fitted = sem.fit(
        frame,
        f"{QUALITY}\n{TRUST}\n{SHIFT}",
        group="sector",
        equal=("loadings", "intercepts"),
        partial=["kwaliteit3 ~1"],
    )
    first, second = dict.fromkeys(fitted.table["group"][fitted.table["group"] != ""])
    shift = 10 * truth["shifted_intercepts"]["kwaliteit3"]
    yield "shifted intercept", sign * shift, ends(fitted, "shift")
    unit = 10 * truth["loadings"][0]  # that of the factor's first item
    yield "latent trust", sign * unit * differences["vertrouwen"], ends(fitted, "vertrouwen ~1", group=second)
    inner = {f"kwaliteit =~ kwaliteit{j}": one for j, one in enumerate(truth["loadings"], start=1)}
    inner["kwaliteit ~~ vertrouwen"] = truth["factor_correlation"]
    for term, value in inner.items():
        row = fitted.row(term, group=first)
        error = norm.ppf(0.975) * row["standardized_error"]
        yield term, value, (row["standardized"] - error, row["standardized"] + error)


STUDIES = {"06": technique, "09": public}
