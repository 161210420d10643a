"""A model text with a mistake in a notebook: the run fails, and record and report name the line and the word."""

from __future__ import annotations

import json

import pytest

from klantstudie.run import notebooks
from tests.run.making import notebook, project

MAKE = """
import numpy as np
import pandas as pd
from klantstudie.analyses import sem
frame = pd.DataFrame(np.random.default_rng(1).standard_normal((60, 6)), columns=["a1", "a2", "a3", "b1", "b2", "b3"])
"""
TYPED = {
    "nl": ("warm =~ a1 + a2 + a3\nkind =~ b1 b2 + b3", ["line 2", "'b1 b2'"]),
    "en": ("warm =~ a1 + a2 + a3\nkind =~ b1 + 2x*b2 + b3", ["line 2", "'2x'"]),
}


@pytest.mark.parametrize("lang", TYPED)
def test_a_wrong_model_text_names_line_and_word(tmp_path, lang):
    text, names = TYPED[lang]
    home = project(tmp_path / "project")
    path = notebook(home / "notebooks/01-x.ipynb", MAKE, f"sem.fit(frame, {text!r})")
    made = notebooks.execute(notebooks.plan(path, {"lang": lang}), to=("html",))
    assert not made.ok
    told = json.loads((made.folder / "run.json").read_text(encoding="utf-8"))["error"]
    page = (
        (made.folder / "report.html").read_text(encoding="utf-8").replace("&#x27;", "'").replace("&#39;", "'")
    )
    for name in names:
        assert name in str(told)
        assert name in page
