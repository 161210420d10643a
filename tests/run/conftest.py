"""The tests of the control room take the library as unchanging, also while its code is being worked on."""

from __future__ import annotations

import pytest

from klantstudie.run import manifest


@pytest.fixture(autouse=True)
def _same_library(monkeypatch):
    monkeypatch.setattr(manifest, "library", lambda: "unchanged")
