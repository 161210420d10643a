"""The table of claims says what the runs say, and no more."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from klantstudie.errors import InputError
from klantstudie.present.documents import claims
from tests.present.conftest import declaration

DECLARED = Path(__file__).parents[2] / "notebooks" / claims.NAME
NOTEBOOKS = {path.stem for path in DECLARED.parent.glob("*.ipynb")}


@pytest.fixture
def reports(tmp_path):
    (tmp_path / "notebooks").mkdir()
    folder = tmp_path / "reports" / "real" / "demo" / "nl"
    folder.mkdir(parents=True)
    row = {"term": "x", "estimate": 0.5, "conf_low": 0.1, "conf_high": 0.9}
    row |= {"share": 0.25, "share_low": 0.2, "share_high": 0.3}
    info = {"n_total": 9, "n_used": 9, "method": "m", "decision": "supported", "conf_level": 0.95}
    universes = [
        {"term": "x", "choice": str(place), "universe": place, "estimate": value, "p_value": p}
        for place, (value, p) in enumerate(((0.5, 0.01), (0.4, 0.2), (-0.1, 0.01)))
    ]
    results = [
        {
            "name": "test",
            "kind": "demo.test",
            "caption": {},
            "table": [row],
            "columns": list(row),
            "fit": {},
            "info": info,
        },
        {
            "name": "all",
            "kind": "multiverse.explore",
            "caption": {},
            "table": universes,
            "fit": {},
            "info": info,
        },
    ]
    (folder / "results.json").write_text(json.dumps({"results": results, "figures": []}))
    return tmp_path / "reports"


def declare(reports, status="measured"):
    (reports.parent / "notebooks" / claims.NAME).write_text(declaration(status), encoding="utf-8")


def test_a_measured_claim_shows_decision_effect_and_agreement(reports):
    declare(reports)
    made = re.sub(r"<[^>]+>", " ", claims.table(reports, "nl"))
    assert "ondersteund" in made and "bij benadering" not in made
    assert "0,50 [0,10; 0,90]" in made
    assert "1 van 3 specificaties" in made


def test_specifications_are_counted_at_the_level_of_their_test_not_of_their_intervals(reports):
    declare(reports)
    path = reports / "real" / "demo" / "nl" / "results.json"
    saved = json.loads(path.read_text())
    universes = saved["results"][1]
    universes["table"][1]["p_value"] = 0.07
    universes["info"] = universes["info"] | {"conf_level": 0.9, "conf_level_test": 0.95}
    path.write_text(json.dumps(saved))
    assert "1 van 3 specificaties" in claims.table(reports, "nl")


def test_a_claim_can_rest_on_a_share_and_on_other_data_than_those_of_the_report(reports):
    text = declaration("proxy", more='column = "share"\ndata_nl = "visits"\n')
    (reports.parent / "notebooks" / claims.NAME).write_text(text, encoding="utf-8")
    made = re.sub(r"<[^>]+>", " ", claims.table(reports, "nl"))
    assert "25,0% [20,0; 30,0]" in made
    assert "visits" in made and "real" not in made


def test_bounds_stated_in_advance_stand_beside_the_effect(reports):
    declare(reports)
    path = reports / "real" / "demo" / "nl" / "results.json"
    saved = json.loads(path.read_text())
    saved["results"][0]["info"]["bounds"] = [-0.2, 0.2]
    path.write_text(json.dumps(saved))
    assert "; verwaarloosbaar: −0,20 tot 0,20" in claims.table(reports, "nl")
    assert "; negligible: −0.20 to 0.20" in claims.table(reports, "en")


def test_a_proxy_says_so_and_an_untestable_claim_has_no_decision_of_a_run(reports):
    declare(reports, "proxy")
    assert "alleen bij benadering" in claims.table(reports, "nl")
    declare(reports, "not_testable")
    made = claims.table(reports, "en")
    assert "not testable" in made and ">supported<" not in made


def test_without_a_declaration_there_is_no_table(reports):
    assert claims.table(reports, "nl") == ""


def test_a_wrong_status_names_the_claim(reports):
    declare(reports, "certain")
    with pytest.raises(InputError, match=r"claim 'S1' has status 'certain'"):
        claims.table(reports, "nl")


def test_every_claim_of_the_source_texts_has_its_row():
    declared = claims.read(DECLARED)
    keys = [
        "S0a",
        "S0b",
        "S1a",
        "S1b",
        "S1c",
        "S1d",
        "S1e",
        "S1f",
        "S2a",
        "S2b",
        "S2c",
        "S2d",
        "S2e",
        "S2f",
        "S3a",
        "S3b",
        "S3c",
        "S3d",
        "S3e",
        "S4a",
        "S4b",
        "S4c",
    ]
    assert [claim["key"] for claim in declared] == keys
    for claim in declared:
        assert claim["notebook"] in NOTEBOOKS, f"{claim['key']}: no notebook {claim['notebook']}"
        assert not str(claim.get("study", "")).startswith("gesimuleerd"), (
            f"{claim['key']}: simulated data fill no row"
        )
