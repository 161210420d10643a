"""Edges and errors of competing models in the room sem."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from klantstudie.analyses import sem
from klantstudie.errors import InputError, ModelError

THREE = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
ONE = "g =~ " + " + ".join(f"x{k}" for k in range(1, 10))


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return pd.read_csv(Path(__file__).parent.parent / "reference" / "data" / "holzinger_swineford.csv")


def test_the_order_of_two_models_changes_the_sign_of_the_fit_and_not_the_test(frame):
    up = sem.compare(frame, {"one": ONE, "three": THREE})
    down = sem.compare(frame, {"three": THREE, "one": ONE})
    assert up.value("three", "delta_chisq") == pytest.approx(down.value("one", "delta_chisq"), rel=1e-9)
    assert up.value("three", "delta_cfi") == pytest.approx(-down.value("one", "delta_cfi"), rel=1e-9)
    assert up.value("three", "delta_df") == down.value("one", "delta_df") == 3


def test_where_the_scaled_difference_does_not_exist_bic_decides_and_the_row_says_so():
    """Normal answers, one restriction far off: the scaling of the difference falls below zero."""
    pattern = np.kron(np.eye(2), np.array([0.8, 0.75, 0.7])[:, None])
    corr = pattern @ np.array([[1, 0.4], [0.4, 1]]) @ pattern.T
    np.fill_diagonal(corr, 1)
    values = np.random.default_rng(0).multivariate_normal(np.zeros(6), corr, 300)
    names = [f"x{k}" for k in range(1, 7)]
    models = {"one": "g =~ " + " + ".join(names), "two": "a =~ x1 + x2 + x3\nb =~ x4 + x5 + x6"}
    row = sem.compare(pd.DataFrame(values, columns=names), models, estimator="mlr").row("two")
    assert np.isnan(row["delta_chisq"]) and row["delta_df"] == 1
    assert row["decision"] == "yes" and row["note"] == "no scaled difference, decided by BIC"
    plain = sem.compare(pd.DataFrame(values, columns=names), models).row("two")
    assert plain["decision"] == "yes" and plain["note"] == ""


def test_a_model_written_in_another_order_is_the_same_and_not_a_test(frame):
    turned = "\n".join(reversed(THREE.splitlines()))
    found = sem.compare(frame, {"three": THREE, "turned": turned})
    assert found.row("turned")["decision"] == "not_testable"
    assert np.isnan(found.value("turned", "delta_chisq"))


def test_a_model_without_a_solution_keeps_its_row_and_the_reason(frame):
    found = sem.compare(frame, {"three": THREE, "too much": f"{THREE}\n{ONE}"})
    row = found.row("too much")
    assert row["note"] == "no solution" and np.isnan(row["chisq"])
    assert any(text.startswith("too much: ") for text in found.info["warnings"])
    assert np.isfinite(found.value("three", "chisq"))


def test_no_solution_at_all_is_an_error(frame):
    with pytest.raises(ModelError, match="none of the models has a solution"):
        sem.compare(frame, {"a": "f =~ x1 + x2", "b": "f =~ x2 + x1"})


@pytest.mark.parametrize(
    ("models", "match"),
    [({"three": THREE}, "at least two"), ({"three": THREE, "two": THREE.rsplit("\n", 1)[0]}, "x7, x8, x9")],
)
def test_models_that_cannot_be_compared_are_refused(frame, models, match):
    with pytest.raises(InputError, match=match):
        sem.compare(frame, models)


def test_a_name_that_the_data_lack_is_told_with_its_line(frame):
    with pytest.raises(InputError, match=r"model, line 2: the data have no column 'x66', did you mean"):
        sem.fit(frame, "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x66")
