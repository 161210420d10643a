"""Simulated studies: seeded, clean by their own codebook, and with the truth they claim."""

import numpy as np
import pandas as pd
import pytest

from klantstudie.errors import OptionError
from klantstudie.study import simulate
from klantstudie.study.designs.making import expected, rate, shares
from klantstudie.study.loading import load

DESIGNS = sorted(simulate.DESIGNS)
FIXED = ("11k",)  # a price list, not a survey


@pytest.mark.parametrize("design", DESIGNS)
def test_the_same_seed_gives_the_same_answers(design):
    one, truth = simulate.survey(design, n=100, seed=4)
    two, _ = simulate.survey(design, n=100, seed=4)
    other, _ = simulate.survey(design, n=100, seed=5)
    pd.testing.assert_frame_equal(one, two)
    assert design in FIXED or not one.equals(other)
    assert truth["seed"] == 4


@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_fits_its_own_codebook(design, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    study = load(f"gesimuleerd-{design}-seed3")
    assert study.frame.notna().any().all()
    assert len(study.frame) > 10
    assert study.codebook.study.simulated
    for name, item in study.codebook.item_table.items():
        assert item.text.nl and item.text.en, name


def test_names():
    assert simulate.parse("gesimuleerd-01-n500-seed2") == ("01", 500, 2)
    assert simulate.parse("gesimuleerd-08")[2] == 1
    for wrong in ("gesimuleerd-1", "gesimuleerd-01-x", "gesimuleerd-01-n5"):
        with pytest.raises(OptionError, match="there is no simulated study"):
            simulate.parse(wrong)
    with pytest.raises(OptionError, match="design must be one of '00'"):
        simulate.survey("x")
    with pytest.raises(OptionError, match="n must be a whole number of at least 10"):
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


def slopes(y, *columns):
    design = np.column_stack([np.ones(len(y)), *columns])
    return np.linalg.lstsq(design, np.asarray(y, dtype=float), rcond=None)[0][1:]


@pytest.fixture
def big(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def loaded(design, n=20_000):
        study = load(f"gesimuleerd-{design}-n{n}")
        return study.frame, study.truth

    return loaded


def test_truth_of_cleaning_comes_out(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    study = load("gesimuleerd-00")
    excluded = study.waterfall.table.set_index("term")["n_excluded"]
    assert excluded["double_id"] == study.truth["doubles"]
    gone = set(study.truth["careless"]) - set(study.frame["respondent"])
    assert len(gone) > 0.7 * len(study.truth["careless"])
    assert excluded.sum() - study.truth["doubles"] <= 1.2 * len(study.truth["careless"])
    assert (study.log["rule"] == "missing code -99").sum() >= study.truth["n_missing"]


def test_truth_of_the_two_views_comes_out(big):
    frame, truth = big("02")
    difference = frame["beeld_directie"] - frame["beeld_klant"]
    assert difference.mean() == pytest.approx(truth["bias"], abs=0.2)
    assert frame["beeld_klant"].corr(frame["beeld_directie"]) == pytest.approx(truth["correlation"], abs=0.03)
    assert frame["beeld_klant"].corr(frame["prestatie"]) == pytest.approx(
        truth["r_customer_performance"], abs=0.03
    )
    assert np.quantile(difference, 0.025) == pytest.approx(truth["limits_of_agreement"][0], abs=0.5)


def test_truth_of_the_climate_comes_out(big):
    frame, truth = big("03")
    units = frame.groupby("vestiging")[
        ["leiding_eenheid", "klimaat", "klantgericht", "klantcijfer", "contact"]
    ].mean()
    assert slopes(units["klimaat"], units["leiding_eenheid"])[0] == pytest.approx(truth["a"], abs=0.05)
    direct, between = slopes(units["klantgericht"], units["leiding_eenheid"], units["klimaat"])
    assert between == pytest.approx(truth["b_between"], abs=0.05)
    assert direct == pytest.approx(truth["direct"], abs=0.05)
    own = frame[["klimaat", "klantgericht"]] - frame.groupby("vestiging")[
        ["klimaat", "klantgericht"]
    ].transform("mean")
    assert slopes(own["klantgericht"], own["klimaat"])[0] == pytest.approx(truth["b_within"], abs=0.03)
    units["more"] = (units["contact"] - 50) * (units["klimaat"] - 60)
    climate, contact = slopes(units["klantcijfer"], units["klimaat"], units["more"])
    assert climate == pytest.approx(truth["climate_on_customer"], abs=0.05)
    assert truth["a"] * contact == pytest.approx(truth["contact_index"], abs=0.002)


def test_truth_of_belly_and_head_comes_out(big):
    frame, truth = big("04")
    for source, outcome in {"own": "prestatie_zelf", "customer": "klantoordeel"}.items():
        found = slopes(frame[outcome], frame["buik"], frame["hoofd"])
        np.testing.assert_allclose(found, list(truth["slopes"][source].values()), atol=0.03)
    r = frame[["buik1", "buik2"]].corr().iloc[0, 1]
    assert r == pytest.approx(truth["loadings"][0] * truth["loadings"][1], abs=0.02)


def test_truth_of_training_comes_out(big):
    frame, truth = big("05")
    cells = frame.groupby(["training", "golf"])[["gedrag", "klantscore"]].mean()
    for outcome, effects in truth["effect"].items():
        change = cells[outcome].unstack()
        for wave, effect in effects.items():
            found = (change.loc[1, wave] - change.loc[1, 0]) - (change.loc[0, wave] - change.loc[0, 0])
            assert found == pytest.approx(effect, abs=0.5)


def test_truth_of_technique_and_culture_comes_out(big):
    frame, truth = big("06")
    x = [frame[name] - truth["center"] for name in truth["slopes"]]
    found = slopes(frame["klantscore"], *x, x[0] * x[2])
    np.testing.assert_allclose(found[:3], list(truth["slopes"].values()), atol=0.03)
    assert found[3] == pytest.approx(truth["technique_times_culture"], abs=0.002)


def test_truth_of_the_kitchen_and_the_choice_comes_out(big):
    frame, truth = big("07")
    a, b = frame["klant_ziet"], frame["medewerker_ziet"]
    np.testing.assert_allclose(slopes(frame["inzet"], a, b, a * b), list(truth["effort"].values()), atol=0.6)
    total = slopes(frame["kwaliteit"], a, b, a * b)
    np.testing.assert_allclose(total, list(truth["total_quality"].values()), atol=0.6)
    frame, truth = big("07k", 60_000)
    assert (frame.groupby("taak")["gekozen"].sum() == 1).all()
    assert truth["pay"]["specialist"] == pytest.approx(11.25)
    with_it = frame.groupby("specialist")["gekozen"].mean()
    assert with_it[1.0] > with_it[0.0]


def test_truth_of_public_and_market_comes_out(big):
    frame, truth = big("09")
    for name, difference in truth["latent_difference"].items():
        means = frame.groupby("sector")[f"{name}1"].mean()
        assert (means["overheid"] - means["markt"]) / 10 == pytest.approx(0.8 * difference, abs=0.05)
    means = frame.groupby("sector")["kwaliteit3"].mean()
    assert (means["overheid"] - means["markt"]) / 10 == pytest.approx(0.7 * -0.3 + 0.4, abs=0.05)


def test_truth_of_the_chain_comes_out(big):
    frame, truth = big("10")
    assert slopes(frame["zicht"], frame["afstand"])[0] == pytest.approx(truth["trend_sight"], abs=0.3)
    teams = frame.groupby("team")[["afstand", "zicht", "klantgericht"]].mean()
    direct, between = slopes(teams["klantgericht"], teams["afstand"], teams["zicht"])
    assert between == pytest.approx(truth["b_between"], abs=0.06)
    assert direct == pytest.approx(truth["direct"], abs=0.5)
    assert slopes(frame["waarde_prijs"], frame["afstand"])[0] == pytest.approx(
        truth["drift"]["prijs"], abs=0.3
    )


def test_truth_of_kano_comes_out(big):
    frame, truth = big("11")
    for name, better in truth["better"].items():
        f, d = frame[f"{name}_f"], frame[f"{name}_d"]
        attract, line = (f == 1) & (d.between(2, 4)), (f == 1) & (d == 5)
        must, neutral = f.between(2, 4) & (d == 5), f.between(2, 4) & d.between(2, 4)
        found = (attract.sum() + line.sum()) / (attract | line | must | neutral).sum()
        assert found == pytest.approx(better, abs=0.02)
    names = list(truth["derived"])
    found = slopes(frame["tevredenheid"], *[frame[f"{name}_prestatie"] for name in names])
    np.testing.assert_allclose(found, list(truth["derived"].values()), atol=0.02)


def test_truth_of_trend_literature_and_scan_comes_out(big):
    frame, truth = big("12")
    assert slopes(frame["score"], frame["jaar"])[0] == pytest.approx(truth["slope"], abs=0.03)
    frame, truth = big("12m", 5000)
    assert np.arctanh(frame["r"]).mean() == pytest.approx(truth["mean_z"], abs=0.01)
    frame, truth = big("13")
    assert frame.groupby("organisatie")["score"].mean().std() == pytest.approx(
        truth["sd_organisation"], abs=0.5
    )
    assert slopes(frame["score"], frame["drukte"])[0] == pytest.approx(-truth["case_mix"], abs=0.02)


def test_an_effect_can_be_set_where_the_design_has_one():
    usual, planted = simulate.survey("07", n=200)
    assert planted["total_quality"]["both"] == pytest.approx(1.2)
    pd.testing.assert_frame_equal(usual, simulate.survey("07", n=200, effect=1.2)[0])
    larger, told = simulate.survey("07", n=200, effect=4.0)
    assert told["total_quality"]["both"] == pytest.approx(4.0)
    both = usual["conditie"] == 4
    assert (larger["kwaliteit"] - usual["kwaliteit"])[both].median() == pytest.approx(2.8)
    assert (larger["kwaliteit"] == usual["kwaliteit"])[~both].all()
    with pytest.raises(OptionError, match="design 02 has fixed effects; this can be set in 07"):
        simulate.survey("02", effect=0.3)
