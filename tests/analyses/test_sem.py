"""The room sem at its edges: what it refuses, what it says, what must not matter."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from klantstudie.analyses import sem
from klantstudie.errors import InputError, ModelError, OptionError
from klantstudie.moments import Moments
from klantstudie.numerics.sem import optimise
from tests.examples.sem import DATA, ITEMS, MODEL, schools

FEW = "f =~ x1 + x2 + x3"


def ordered() -> pd.DataFrame:
    return pd.read_csv(DATA / "holzinger_swineford_ordered.csv")


def gaps() -> pd.DataFrame:
    return pd.read_csv(DATA / "holzinger_swineford_missing.csv")


class TestFit:
    def test_moments_give_what_the_frame_gives(self):
        frame = schools()
        one = sem.fit(frame, MODEL)
        two = sem.fit(Moments.from_frame(frame, ITEMS), MODEL)
        pd.testing.assert_frame_equal(one.table, two.table, rtol=1e-8)
        assert two.fit["chisq"] == pytest.approx(one.fit["chisq"])
        three = sem.fit(Moments.from_frame(frame, ITEMS), MODEL, likelihood="wishart")
        assert three.fit["chisq"] == pytest.approx(sem.fit(frame, MODEL, likelihood="wishart").fit["chisq"])

    def test_moments_without_answers_refuse_what_needs_answers(self):
        moments = Moments.from_frame(schools(), ITEMS)
        for settings in (
            {"estimator": "mlr"},
            {"estimator": "wlsmv"},
            {"missing": "fiml"},
            {"group": "school"},
        ):
            with pytest.raises(OptionError, match="printed moments hold no answers"):
                sem.fit(moments, MODEL, **settings)
        bare = Moments(tuple(ITEMS), None, None, moments.corr, 301)
        with pytest.raises(InputError, match="no standard deviation"):
            sem.fit(bare, MODEL)
        blind = Moments(tuple(ITEMS), None, moments.sd, moments.corr, 301)
        with pytest.raises(InputError, match="the moments print none"):
            sem.fit(blind, MODEL + "\nx1 ~ 1")

    def test_a_correlation_that_nobody_printed_is_named(self):
        whole = Moments.from_frame(schools(), ITEMS)
        corr = whole.corr.copy()
        corr[0, 1] = corr[1, 0] = np.nan
        with pytest.raises(InputError, match="'x2' and 'x1'|correlation"):
            sem.fit(Moments(whole.columns, whole.mean, whole.sd, corr, whole.n), FEW)

    def test_missing_answers_are_accounted_for(self):
        frame = gaps()
        listwise = sem.fit(frame, MODEL)
        assert listwise.info["n_used"] == frame[ITEMS].dropna().shape[0]
        assert listwise.info["n_used"] + listwise.info["n_excluded"] == 301
        everyone = sem.fit(frame, MODEL, missing="fiml")
        assert everyone.info["n_used"] == 301
        frame.loc[[0, 1], ITEMS] = np.nan
        assert sem.fit(frame, MODEL, missing="fiml").info["n_excluded"] == 2

    def test_missing_on_an_exogenous_variable_is_said(self):
        frame = gaps()
        frame["age"] = np.where(np.arange(301) < 5, np.nan, frame["ageyr"])
        result = sem.fit(frame, FEW + "\nf ~ age", missing="fiml")
        assert "5 cases without an answer on an exogenous variable (age)" in result.info["warnings"][0]
        assert result.info["n_used"] <= 296

    def test_groups_keep_the_order_of_the_data_or_of_the_categories(self):
        frame = schools()
        assert list(sem.fit(frame, FEW, group="school").table["group"].unique()) == ["Pasteur", "Grant-White"]
        frame["school"] = pd.Categorical(frame["school"], categories=["Grant-White", "Pasteur"])
        assert list(sem.fit(frame, FEW, group="school").table["group"].unique()) == ["Grant-White", "Pasteur"]

    def test_settings_are_words(self):
        frame = schools()
        for settings, message in (
            ({"estimator": "MLR"}, "estimator must be one of 'ml', 'mlr', 'wlsmv'"),
            ({"missing": "ml"}, "missing must be one of"),
            ({"likelihood": "wisshart"}, "did you mean 'wishart'"),
            ({"equal": ["loadings"]}, "only a model with group"),
            ({"equal": "loadings", "group": "school"}, "equal is a list of words"),
            ({"equal": ["loading"], "group": "school"}, "did you mean 'loadings'"),
            ({"estimator": "wlsmv", "missing": "fiml"}, "takes complete cases"),
            ({"estimator": "mlr", "likelihood": "wishart"}, "needs estimator='ml'"),
            ({"n_boot": -1}, "n_boot must be a whole number"),
            ({"conf_level": 95}, "conf_level must lie between 0 and 1"),
        ):
            with pytest.raises(OptionError, match=message):
                sem.fit(frame, FEW, **settings)

    def test_the_model_text_is_checked_by_line_and_word(self):
        with pytest.raises(ModelError, match="line 2: no operator such as =~, ~ or ~~ at 'textual'"):
            sem.fit(schools(), "visual =~ x1 + x2 + x3\ntextual x4 + x5 + x6")
        with pytest.raises(InputError, match="no column 'x33', did you mean 'x3'"):
            sem.fit(schools(), "f =~ x1 + x2 + x33")

    def test_what_has_no_answer_says_why(self):
        frame = schools()
        with pytest.raises(ModelError, match="not identified: 4 free parameters for 3 sample moments"):
            sem.fit(frame, "f =~ x1 + x2")
        with pytest.raises(ModelError, match="no variance, so no model: x2"):
            sem.fit(frame.assign(x2=3.0), FEW)
        with pytest.raises(ModelError, match="not positive definite.*x3"):
            sem.fit(frame.assign(x3=frame["x1"] + frame["x2"]), FEW)
        with pytest.raises(ModelError, match="more cases than variables"):
            sem.fit(frame.head(3), FEW)
        with pytest.raises(InputError, match="none of 301 rows is complete"):
            sem.fit(frame.assign(x2=np.nan), FEW)
        with pytest.raises(InputError, match="one group only"):
            sem.fit(frame.assign(school="a"), FEW, group="school")

    def test_a_model_that_does_not_converge_is_no_answer(self):
        rng = np.random.default_rng(0)
        noise = pd.DataFrame(rng.standard_normal((60, 6)), columns=list("abcdef"))
        with pytest.raises(ModelError, match="did not converge|not identified"):
            sem.fit(noise, "f =~ a + b + c\ng =~ d + e + f1\nf ~ g\nh =~ a + d".replace("f1", "f"))

    def test_a_model_without_a_solution_stops_when_its_parameters_run_away(self, monkeypatch):
        steps, halved = [], optimise._halved
        monkeypatch.setattr(optimise, "_halved", lambda *given: steps.append(1) or halved(*given))
        noise = np.random.default_rng(0).standard_normal((200, 9))
        with pytest.raises(ModelError, match="did not converge"):
            sem.fit(pd.DataFrame(noise, columns=ITEMS), MODEL)
        assert len(steps) < 250  # five starts; without a stop 780

    def test_a_heywood_case_is_a_warning(self):
        corr = np.array([[1, 0.9, 0.8], [0.9, 1, 0.6], [0.8, 0.6, 1]])
        moments = Moments(("x1", "x2", "x3"), None, np.ones(3), corr, 100)
        result = sem.fit(moments, FEW)
        assert "Heywood case: the variance x1 ~~ x1 is negative" in result.info["warnings"][0]
        assert result.value("x1 ~~ x1") < 0

    def test_a_just_identified_model_has_no_degrees_of_freedom(self):
        result = sem.fit(schools(), "x9 ~ b*x6 + x1\nx6 ~ a*x1\nab := a*b")
        assert result.fit["df"] == 0
        assert np.isnan(result.fit["p_value"])
        assert result.fit["cfi"] == pytest.approx(1)

    def test_scaling_a_variable_scales_its_estimates(self):
        frame = schools()
        one = sem.fit(frame, MODEL, estimator="mlr")
        two = sem.fit(frame.assign(x2=frame["x2"] * 10), MODEL, estimator="mlr")
        assert two.value("visual =~ x2") == pytest.approx(10 * one.value("visual =~ x2"))
        assert two.value("visual =~ x2", "standardized") == pytest.approx(
            one.value("visual =~ x2", "standardized")
        )
        assert two.value(column="chisq_scaled") == pytest.approx(one.value(column="chisq_scaled"))

    @pytest.mark.parametrize("unit", [1e-6, 1e6])
    def test_a_variable_in_far_larger_units_has_the_same_fit(self, unit):
        frame = schools()
        far = sem.fit(frame.assign(x1=frame["x1"] * unit), MODEL)
        assert far.fit["chisq"] == pytest.approx(sem.fit(frame, MODEL).fit["chisq"], abs=1e-5)


class TestOrdered:
    def test_an_empty_category_says_which(self):
        frame = ordered()
        frame = frame[~((frame["school"] == "Pasteur") & (frame["x1"] == 5))]
        with pytest.raises(ModelError, match="'x1': nobody in group Pasteur chose category 5"):
            sem.fit(frame, FEW, estimator="wlsmv", group="school")

    def test_items_that_are_no_categories_are_refused(self):
        with pytest.raises(ModelError, match="too many for ordered categories"):
            sem.fit(schools(), FEW, estimator="wlsmv")
        with pytest.raises(ModelError, match="one category only"):
            sem.fit(ordered().assign(x2=1), FEW, estimator="wlsmv")

    def test_ordered_items_predict_nothing(self):
        with pytest.raises(ModelError, match="'x4' predicts another variable|'x4' is no ordered item"):
            sem.fit(ordered(), FEW + "\nf ~ x4", estimator="wlsmv")

    def test_the_labels_of_categories_do_not_matter(self):
        frame = ordered()
        one = sem.fit(frame, FEW, estimator="wlsmv")
        two = sem.fit(frame.assign(x1=frame["x1"] * 2 + 7), FEW, estimator="wlsmv")
        np.testing.assert_allclose(one.table["estimate"], two.table["estimate"], atol=1e-10)

    def test_thresholds_are_read_from_the_margins(self):
        result = sem.fit(ordered(), FEW, estimator="wlsmv")
        below = (ordered()["x1"] <= 1).mean()

        assert result.value("x1 | t1") == pytest.approx(norm.ppf(below), abs=1e-8)


class TestBootstrap:
    def test_same_seed_same_interval_and_p_is_never_zero(self):
        model = MODEL + "textual ~ a*visual\nspeed ~ b*textual\nab := a*b"
        one = sem.fit(schools(), model, n_boot=60, seed=4)
        two = sem.fit(schools(), model, n_boot=60, seed=4)
        pd.testing.assert_frame_equal(one.table, two.table)
        assert one.table["p_value"].min() > 0
        assert one.info["n_boot_failed"] == 0
        assert one.value("ab") == pytest.approx(float(sem.fit(schools(), model).value("ab")))

    def test_the_bootstrap_agrees_with_the_robust_errors(self):
        robust = sem.fit(schools(), MODEL, estimator="mlr").table
        draws = sem.fit(schools(), MODEL, n_boot=400).table
        both = pd.DataFrame({"a": robust["std_error"], "b": draws["std_error"]}).dropna()
        assert 0.8 < (both["b"] / both["a"]).median() < 1.25

    def test_incomplete_ordered_and_printed_data_have_a_bootstrap_too(self):
        fiml = sem.fit(gaps(), FEW, missing="fiml", n_boot=20)
        assert fiml.table["std_error"].notna().sum() > 5
        ordinal = sem.fit(ordered(), FEW, estimator="wlsmv", n_boot=20)
        assert ordinal.table["conf_low"].notna().sum() > 5
        printed = sem.fit(Moments.from_frame(schools(), ITEMS), MODEL, n_boot=100)
        exact = sem.fit(Moments.from_frame(schools(), ITEMS), MODEL)
        both = pd.DataFrame({"a": printed.table["std_error"], "b": exact.table["std_error"]}).dropna()
        assert 0.7 < (both["a"] / both["b"]).median() < 1.4

    def test_two_groups_are_resampled_each(self):
        result = sem.fit(schools(), MODEL, group="school", equal=["loadings"], n_boot=30)
        same = result.table[result.table["term"] == "visual =~ x2"]
        assert same["std_error"].nunique() == 1


class TestLooking:
    def test_an_index_is_nearly_the_fall_of_chi_square(self):
        first = sem.modification(schools(), MODEL).table.iloc[0]
        assert first["term"] == "visual =~ x9"
        before = sem.fit(schools(), MODEL).fit["chisq"]
        after = sem.fit(schools(), MODEL + first["term"]).fit["chisq"]
        assert before - after == pytest.approx(first["statistic"], rel=0.15)

    def test_an_index_does_not_depend_on_units(self):
        one = sem.modification(schools(), MODEL)
        two = sem.modification(schools().assign(x9=schools()["x9"] * 100), MODEL)
        assert two.value("visual =~ x9", "statistic") == pytest.approx(one.value("visual =~ x9", "statistic"))
        assert two.value("visual =~ x9", "standardized") == pytest.approx(
            one.value("visual =~ x9", "standardized")
        )

    def test_nothing_to_free_is_said(self):
        with pytest.raises(ModelError, match="no parameter has a modification index of at least 1000"):
            sem.modification(schools(), MODEL, minimum=1000)
        with pytest.raises(OptionError, match="minimum must be a number"):
            sem.modification(schools(), MODEL, minimum=-1)

    def test_residuals_of_a_saturated_model_are_nothing(self):
        result = sem.residuals(schools(), "x1 ~~ x2 + x3\nx2 ~~ x3")
        np.testing.assert_allclose(result.table["estimate"], 0, atol=1e-8)

    def test_residual_correlations_are_those_of_the_matrices(self):
        result = sem.residuals(schools(), MODEL)
        raw = schools()[ITEMS].corr()
        fitted = sem.fit(schools(), MODEL)
        implied = fitted.value("visual =~ x1", "standardized") * fitted.value("visual =~ x2", "standardized")
        assert result.value("x1 ~~ x2") == pytest.approx(raw.loc["x1", "x2"] - implied, abs=1e-7)
        with pytest.raises(OptionError, match="kind must be one of"):
            sem.residuals(schools(), MODEL, kind="raw residuals")


class TestInvariance:
    def test_degrees_of_freedom_by_hand(self):
        rows = sem.invariance(schools(), MODEL, "school").table.set_index("term")
        # 2 x 54 moments; 2 x 30 parameters; then 6 loadings, 9 intercepts less 3 means, 9 residuals
        assert list(rows["df"]) == [48, 54, 60, 69]
        rows = sem.invariance(ordered(), MODEL, "school", estimator="wlsmv").table.set_index("term")
        # 2 x (36 thresholds + 36 correlations); 2 x (36 + 6 + 6) parameters. Equal thresholds: 36 less 9 scales and
        # 9 intercepts. Loadings: 6. Intercepts: 9 less 3 means
        assert list(rows["df"]) == [48, 66, 72, 78]
        assert rows.loc["thresholds", "delta_df"] == 36 - 18

    def test_decisions_follow_the_rule(self):
        result = sem.invariance(schools(), MODEL, "school")
        told = dict(zip(result.table["term"], result.table["decision"], strict=True))
        assert told == {
            "configural": "",
            "metric": "supported",
            "scalar": "different",
            "strict": "negligible",
        }
        assert result.info["decision"] == "different"
        assert result.info["reached"] == "metric"
        loose = sem.invariance(schools(), MODEL, "school", bound=0.05)
        assert loose.info["reached"] == "strict"

    def test_steps_are_words_in_order(self):
        short = sem.invariance(schools(), MODEL, "school", steps=["metric", "scalar"])
        assert list(short.table["term"]) == ["metric", "scalar"]
        for steps, message in (
            (["scalar", "metric"], "must stand in the order configural, metric"),
            (["metrical"], "did you mean 'metric'"),
            ("metric", "steps is a list of words"),
        ):
            with pytest.raises(OptionError, match=message):
                sem.invariance(schools(), MODEL, "school", steps=steps)
        with pytest.raises(OptionError, match="'strict' does not exist for ordered items"):
            sem.invariance(ordered(), MODEL, "school", steps=["strict"], estimator="wlsmv")
        with pytest.raises(OptionError, match="bound must lie between 0 and 1"):
            sem.invariance(schools(), MODEL, "school", bound=5)
        with pytest.raises(OptionError, match="name the column of the groups"):
            sem.invariance(schools(), MODEL, None)
        with pytest.raises(ModelError, match="partial: the model has no parameter 'x33~1'"):
            sem.invariance(schools(), MODEL, "school", partial=["x33 ~1"])

    def test_the_names_of_groups_and_the_unit_do_not_matter(self):
        frame = schools()
        one = sem.invariance(frame, MODEL, "school").table
        turned = frame.assign(
            school=frame["school"].map({"Pasteur": "b", "Grant-White": "a"}), x2=frame["x2"] * 5
        )
        two = sem.invariance(turned, MODEL, "school").table
        np.testing.assert_allclose(one["chisq"], two["chisq"], atol=1e-7)

    def test_binary_items_are_compared_in_one_step(self):
        frame = ordered()
        frame[ITEMS] = (frame[ITEMS] > 3).astype(int)
        with pytest.raises(ModelError, match=r"items with two categories .*steps=\['configural', 'scalar'\]"):
            sem.invariance(frame, MODEL, "school", estimator="wlsmv")

    def test_partial_invariance_finds_the_items_that_were_made_different(self):
        rng = np.random.default_rng(2)
        n = 1000
        factor = rng.standard_normal(2 * n)
        other = np.repeat([0, 1], n)
        frame = pd.DataFrame({f"y{k}": factor + rng.standard_normal(2 * n) * 0.7 for k in range(1, 6)})
        frame["y4"] += 0.6 * other
        frame["y2"] += 0.5 * factor * other
        frame["club"] = np.where(other == 1, "b", "a")
        result = sem.partial_invariance(frame, "f =~ y1 + y2 + y3 + y4 + y5", "club")
        assert result.info["freed"] == ["f =~ y2", "y2 ~1", "y4 ~1"]
        means = sem.latent_means(frame, "f =~ y1 + y2 + y3 + y4 + y5", "club")
        assert means.value("f", part="scalar") > means.value("f", part="partial")
        assert abs(means.value("f", part="partial")) < 0.1

    def test_partial_invariance_stops_when_too_little_is_left(self):
        rng = np.random.default_rng(2)
        n = 400
        factor = rng.standard_normal(2 * n)
        other = np.repeat([0, 1], n)
        frame = pd.DataFrame({f"y{k}": factor + rng.standard_normal(2 * n) * 0.7 for k in range(1, 4)})
        for k, shift in enumerate((0.0, 0.5, -0.5), 1):
            frame[f"y{k}"] += shift * other
        frame["club"] = np.where(other == 1, "b", "a")
        with pytest.raises(ModelError, match="nothing more can be freed"):
            sem.partial_invariance(frame, "f =~ y1 + y2 + y3", "club")
        with pytest.raises(ModelError, match="Name the parameters to free yourself"):
            sem.latent_means(frame, "f =~ y1 + y2 + y3", "club")

    def test_partial_invariance_by_cfi_frees_less(self):
        by_cfi = sem.partial_invariance(schools(), MODEL, "school", until="cfi")
        assert by_cfi.info["freed"] == ["x3 ~1", "x7 ~1"]
        with pytest.raises(OptionError, match="until must be one of 'p', 'cfi'"):
            sem.partial_invariance(schools(), MODEL, "school", until="aic")
        with pytest.raises(OptionError, match="last must be one of"):
            sem.partial_invariance(schools(), MODEL, "school", last="configural")

    def test_latent_means_show_both_and_decide_only_when_they_agree(self):
        result = sem.latent_means(schools(), MODEL, "school")
        assert result.info["freed"] == ["x3 ~1", "x7 ~1"]
        assert result.value("speed", part="scalar") == pytest.approx(-0.1774, abs=1e-4)
        assert result.value("speed", part="partial") == pytest.approx(-0.0715, abs=1e-4)
        assert result.row("speed", part="scalar")["decision"] == "inconclusive"
        assert result.row("textual", part="scalar")["decision"] == "different"
        ordinal = sem.latent_means(ordered(), MODEL, "school", estimator="wlsmv", partial=[])
        assert ordinal.value("textual", part="scalar") > 0.3


@pytest.mark.slow
class TestRecovery:
    def test_intervals_cover_as_they_say(self):
        model = "f =~ y1 + y2 + y3\ng =~ y4 + y5 + y6\ng ~ b*f"
        hits = {"ml": 0, "mlr": 0, "fiml": 0, "wlsmv": 0}
        runs = 150
        for seed in range(runs):
            rng = np.random.default_rng(seed)
            f = rng.standard_normal(300)
            g = 0.5 * f + np.sqrt(0.75) * rng.standard_normal(300)
            values = np.column_stack([f, f, f, g, g, g]) * 0.8 + 0.6 * rng.standard_normal((300, 6))
            frame = pd.DataFrame(values, columns=[f"y{k}" for k in range(1, 7)])
            holes = frame.mask(rng.random(frame.shape) < 0.1)
            cut = frame.apply(lambda column: np.digitize(column, [-1, 0, 1])).astype(float)
            for kind, data, settings in (
                ("ml", frame, {}),
                ("mlr", frame, {"estimator": "mlr"}),
                ("fiml", holes, {"missing": "fiml"}),
                ("wlsmv", cut, {"estimator": "wlsmv"}),
            ):
                row = sem.fit(data, model, **settings).row("g ~ f")
                hits[kind] += row["conf_low"] <= 0.5 <= row["conf_high"]
        for kind, count in hits.items():
            assert 0.90 <= count / runs <= 0.99, kind

    def test_the_test_of_fit_holds_its_level(self):
        model = "f =~ y1 + y2 + y3\ng =~ y4 + y5 + y6"
        rejected = {"ml": 0, "mlr": 0, "wlsmv": 0}
        runs = 200
        for seed in range(runs):
            rng = np.random.default_rng(seed)
            f = rng.standard_normal((400, 2)) @ np.linalg.cholesky([[1, 0.4], [0.4, 1]]).T
            values = np.repeat(f, 3, axis=1) * 0.8 + 0.6 * rng.standard_normal((400, 6))
            frame = pd.DataFrame(values, columns=[f"y{k}" for k in range(1, 7)])
            cut = frame.apply(lambda column: np.digitize(column, [-1, 0, 1])).astype(float)
            rejected["ml"] += sem.fit(frame, model).fit["p_value"] < 0.05
            rejected["mlr"] += sem.fit(frame, model, estimator="mlr").fit["p_value_scaled"] < 0.05
            rejected["wlsmv"] += sem.fit(cut, model, estimator="wlsmv").fit["p_value_scaled"] < 0.05
        for kind, count in rejected.items():
            assert count / runs <= 0.10, kind
