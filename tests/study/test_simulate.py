"""Simulated studies: seeded, clean by their own codebook, and with the truth they claim."""

import numpy as np
import pandas as pd
import pytest

from klantstudie.errors import OptionError
from klantstudie.study import simulate
from klantstudie.study.designs.making import expected, rate, shares
from klantstudie.study.loading import load

DESIGNS = sorted(simulate.DESIGNS)


@pytest.mark.parametrize("design", DESIGNS)
def test_the_same_seed_gives_the_same_answers(design):
    one, truth = simulate.survey(design, n=100, seed=4)
    two, _ = simulate.survey(design, n=100, seed=4)
    other, _ = simulate.survey(design, n=100, seed=5)
    pd.testing.assert_frame_equal(one, two)
    assert not one.equals(other)
    assert truth["seed"] == 4


@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_fits_its_own_codebook(design, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    study = load(f"gesimuleerd-{design}-seed3")
    assert study.frame.notna().any().all()
    assert study.codebook.study.simulated
    for name, item in study.codebook.item_table.items():
        assert item.text.nl and item.text.en, name


def test_names():
    assert simulate.parse("gesimuleerd-01-n500-seed2") == ("01", 500, 2)
    assert simulate.parse("gesimuleerd-08")[2] == 1
    for wrong in ("gesimuleerd-1", "gesimuleerd-01-x", "gesimuleerd-01-n5"):
        with pytest.raises(OptionError, match="there is no simulated study"):
            simulate.parse(wrong)
    with pytest.raises(OptionError, match="design must be one of '01'"):
        simulate.survey("x")
    with pytest.raises(OptionError, match="n must be a whole number of at least 20"):
        simulate.survey("01", n=3)


def test_shares_are_those_of_rounded_normal_scores():
    rng = np.random.default_rng(1)
    answers = rate(rng.normal(5.5, 1.5, 200_000), 1, 7)
    counted = np.bincount(answers.astype(int), minlength=8)[1:] / len(answers)
    np.testing.assert_allclose(shares(5.5, 1.5, 1, 7), counted, atol=0.004)
    assert expected(5.5, 1.5, 1, 7) == pytest.approx(answers.mean(), abs=0.01)


def test_truth_of_expectation_and_experience_comes_out(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    study = load("gesimuleerd-01-n20000")
    frame, truth = study.frame, study.truth
    for name, gap in truth["gap"].items():
        assert (frame[name] - frame[f"{name}_verwacht"]).mean() == pytest.approx(gap, abs=0.03)
    e, p = frame["verwachting"] - 4, frame["ervaring"] - 4
    design = np.column_stack([np.ones(len(e)), e, p, e**2, e * p, p**2])
    found = np.linalg.lstsq(design, frame["tevredenheid"].to_numpy(), rcond=None)[0]
    np.testing.assert_allclose(found, list(truth["surface"].values()), atol=0.08)


def test_truth_of_the_moment_comes_out(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    study = load("gesimuleerd-08-n20000")
    frame, truth = study.frame, study.truth
    for name in ("balie", "telefoon", "web"):
        marks = frame.loc[frame["kanaal"] == name, "aanbeveling"]
        nps = 100 * ((marks >= 9).mean() - (marks <= 6).mean())
        assert nps == pytest.approx(truth["nps"][name], abs=5)
    names = list(truth["drivers"])
    design = np.column_stack([np.ones(len(frame)), frame[names].to_numpy()])
    found = np.linalg.lstsq(design, frame["oordeel"].to_numpy(), rcond=None)[0][1:]
    np.testing.assert_allclose(found, list(truth["drivers"].values()), atol=0.03)
