"""docs/codebook.md names every key a codebook may have, and its example is a codebook."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from klantstudie.study import careless, declared, instruments
from klantstudie.study.codebook import declare

TEXT = (Path(__file__).parents[2] / "docs/codebook.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "key",
    sorted({key for model in (*declared.MODELS.values(), declared.Instrument) for key in model.model_fields}),
)
def test_every_key_is_described(key):
    assert f"`{key}`" in TEXT or f"`{key} = " in TEXT


@pytest.mark.parametrize("name", careless.MEASURES)
def test_every_index_is_named(name):
    assert f"`{name}`" in TEXT


def test_the_example_is_a_codebook():
    example = re.search(r"```toml\n(.*?)```", TEXT, re.DOTALL).group(1)
    book = declare(tomllib.loads(example), text=example)
    assert book.items("service") == ["q1", "q2_r"]
    assert book.role("importance") == ["q1_importance"]


def test_no_instrument_holds_an_item_text():
    for name in instruments.instruments():
        assert "texts" not in instruments.instrument(name)


@pytest.mark.parametrize("name", instruments.instruments())
def test_every_questionnaire_is_listed(name):
    row = next(line for line in TEXT.splitlines() if line.startswith(f"| `{name}`"))
    known = instruments.instrument(name)
    assert row.endswith(f"| {known['certainty']} |")
    assert all(f"`{other}`" in row for other in known.get("also", ()))
    assert "range" not in known or f"| {known['range'][0]}-{known['range'][1]} |" in row


def test_every_role_that_a_notebook_reads_is_described_with_that_notebook():
    section = TEXT.partition("## Roles")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    lacking = []
    for path in sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9]*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        for role in sorted(set(re.findall(r'(?:role|has|pairs)\("(\w+)"', code))):
            described = " ".join(line for line in lines if f"`{role}`" in line)
            numbers = re.sub(r"(\d\d) to (\d\d)", _between, described)
            if path.name[:2] not in numbers:
                lacking.append(f"{role} in {path.name[:2]}")
    assert not lacking, f"docs/codebook.md, Roles, lacks: {', '.join(lacking)}"


def _between(found: re.Match[str]) -> str:
    return " ".join(f"{number:02}" for number in range(int(found[1]), int(found[2]) + 1))
