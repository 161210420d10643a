"""The command: exit code 0 done, 1 a run failed, 2 wrong use, and a message a person can act on."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile

import pytest

from klantstudie.run import cli, scaffold
from klantstudie.run.overview import everything
from tests.run.making import notebook, project


@pytest.fixture
def home(tmp_path, monkeypatch):
    made = project(tmp_path / "een map")
    notebook(made / "notebooks/01-x.ipynb", "if n == 9:\n    raise ValueError('nine')")
    monkeypatch.chdir(made)
    return made


def call(capsys, *words):
    with pytest.raises(SystemExit) as left:
        cli.main(list(words))
    told = capsys.readouterr()
    return left.value.code, told.out, told.err


def test_wrong_use_is_two_and_says_what_would_be_right(home, capsys):
    code, _, told = call(capsys, "run", "01-x", "-p", "studdy=a")
    assert code == 2
    assert (
        told
        == "klantstudie: 01-x has no parameter 'studdy'; it has study, n, lang, out, did you mean 'study'?\n"
    )
    for words, part in (
        (["run", "01-y"], "there is no notebook '01-y', did you mean '01-x'?"),
        (["run", "01-x", "-p", "n"], "-p takes NAME=VALUE"),
        (["run", "01-x", "-p", "n=1", "-p", "n=2"], "parameter 'n' is given twice"),
        (["run", "01-x", "--to", "htm"], "--to must be one of 'html', 'pdf', 'docx'"),
        (["batch", "none.toml"], "there is no plan none.toml"),
        (["batch"], "there is no plan"),
        (["why", "reports"], "holds no run"),
        (["compare", "a", "b"], "there is no folder a"),
        (["new", "study", "none.csv"], "there is no file none.csv"),
        (["new", "notebook", "../x"], "name must be letters"),
        (["frobnicate"], "No such command 'frobnicate'"),
    ):
        code, _, told = call(capsys, *words)
        assert (code, part in told) == (2, True), (words, told)
    assert not (home / "reports").exists()


def test_run_and_batch_say_how_it_ended(home, capsys):
    code, told, _ = call(capsys, "run", "01-x", "-p", "n=9", "--to", "", "--json")
    record = json.loads(told)
    assert (code, record["status"], record["cause"]) == (1, "failed", "ValueError: nine")
    (home / "notebooks/batch.toml").write_text('[[run]]\nnotebook = "01-x"\ncross = { n = [1, 9] }\n')
    code, told, _ = call(capsys, "batch", "--to", "", "--workers", "1", "--cold")
    assert code == 1
    assert "2 runs, 0 unchanged, 1 at once" in told
    assert "1 × ValueError: nine" in told
    assert "1 of 2 good" in told
    code, told, _ = call(capsys, "batch", "--to", "", "--only", "*/nl-*", "--resume", "--json")
    assert (code, [one["skipped"] for one in json.loads(told)["runs"]]) == (1, [True, True])
    runs = {one["run"]: one["status"] for one in everything()["runs"]}
    assert sorted(runs.values()) == ["completed", "failed"]
    good, bad = sorted(runs, key=runs.get)
    code, told, _ = call(capsys, "why", f"reports/{good}")
    assert (code, told) == (0, "nothing changed: a batch would skip this run\n")
    assert call(capsys, "why", good) == (code, told, "")  # the name that a batch prints
    code, told, _ = call(capsys, "why", f"reports/{bad}", "--json")
    assert json.loads(told) == ["the last run did not complete (failed: ValueError: nine)"]
    code, told, _ = call(capsys, "compare", f"reports/{good}", f"reports/{bad}")
    assert (code, told) == (0, "no number differs\n")
    code, told, _ = call(capsys, "list", "--json")
    assert [one["name"] for one in json.loads(told)["notebooks"]] == ["01-x"]
    code, told, _ = call(capsys, "list")
    assert "1 completed, 1 failed" in told


def test_recheck_reads_tables_and_texts_and_its_exit_code_is_the_verdict(home, capsys):
    good, bad = "t(28) = 2,20; p = ,036", "t(28) = 2.20, p = .016"
    (home / "goed.txt").write_text(good, encoding="utf-8")
    code, told, _ = call(capsys, "recheck", "goed.txt")
    assert (code, "1 nagerekend: 0 kloppen niet" in told) == (0, True)
    for name, text in {
        "fout.txt": bad,
        "fout.md": "*t*(28) = 2.20, *p* = .016",
        "fout.html": "<p><em>t</em>(28) = 2.20, <em>p</em> &lt; .016",
        "fout.tex": "$\\textit{t}(28) = 2.20$, $p = .016$",
    }.items():
        (home / name).write_text(text, encoding="utf-8")
        code, told, _ = call(capsys, "recheck", name, "--lang", "en")
        assert (code, "1 rechecked: 1 do not fit" in told) == (1, True), name
    with zipfile.ZipFile(home / "fout.docx", "w") as packed:
        runs = "".join(f"<w:r><w:t>{piece}</w:t></w:r>" for piece in ("t", "(28) = 2.20, ", "p", " = .016"))
        space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
        packed.writestr("word/document.xml", f'<w:document xmlns:w="{space}"><w:p>{runs}</w:p></w:document>')
    code, told, _ = call(capsys, "recheck", "fout.docx", "--json")
    assert (code, [row["decision"] for row in json.loads(told)]) == (1, ["inconsistent"])
    rows = "# gedrukt\nlabel;check;inputs;reported\nPunt;grim;mean = 5,18; n = 28;\n"
    (home / "tabel.csv").write_text(rows, encoding="utf-8")
    code, _, told = call(capsys, "recheck", "tabel.csv")
    assert (code, "the row 'Punt' has 5 cells and the first row 4" in told) == (2, True)
    (home / "tabel.csv").write_text(
        'label;check;inputs;reported\nPunt;grim;"mean = 5,19; n = 28";\n', encoding="utf-8"
    )
    code, told, _ = call(capsys, "recheck", "tabel.csv")
    assert (code, "1 klopt niet" in told) == (1, True)
    for words, part in (
        (["recheck", "none.csv"], "there is no file none.csv"),
        (["recheck", "notebooks/01-x.ipynb"], "recheck reads .csv, .tsv, .xlsx, .txt"),
        (["recheck", "goed.txt", "--lang", "de"], "--lang must be one of 'nl', 'en'"),
    ):
        code, _, told = call(capsys, *words)
        assert (code, part in told) == (2, True), told
    (home / "leeg.pdf").write_bytes(b"%PDF-1.4")
    (home / "stuk.docx").write_bytes(b"PK")
    assert "save its text as .txt first" in call(capsys, "recheck", "leeg.pdf")[2]
    assert "stuk.docx cannot be read" in call(capsys, "recheck", "stuk.docx")[2]
    (home / "niets.txt").write_text("Geen toets.", encoding="utf-8")
    assert "no reported test found" in call(capsys, "recheck", "niets.txt")[2]


def test_preregister_and_package_say_where_it_is_and_what_is_missing(home, capsys):
    code, _, told = call(capsys, "preregister", "01-x", "-p", "study=klein")
    assert (code, "data/raw/klein holds no codebook.toml" in told) == (2, True)
    code, _, told = call(capsys, "package", "klein")
    assert (code, "there is no study 'klein'" in told) == (2, True)


def test_help_of_a_notebook_shows_its_parameters(home, capsys):
    code, told, _ = call(capsys, "run", "01-x", "--help", "--lang", "en")
    assert code == 0
    assert "int from 1 to 10" in told
    assert "│ out " not in told
    code, told, _ = call(capsys, "run", "01-x", "--help")
    for word in ("geheel getal", "vanaf 1", "tekst", "een van"):
        assert word in told
    code, told, _ = call(capsys, "run", "--help")
    assert (code, "--memory-limit" in told) == (0, True)


def test_every_command_is_explained(capsys):
    words = [
        name or command.callback.__name__
        for command in cli.app.registered_commands
        for name in [command.name]
    ]
    for word in [*words, "new"]:
        code, told, _ = call(capsys, word.rstrip("_"), "--help")
        assert code == 0, word
        assert len(told.splitlines()) > 3


def test_the_list_of_commands_is_not_cut_off(capsys):
    code, told, _ = call(capsys, "--help")
    assert (code, "..." in told.split("Commands:")[1]) == (0, False)


def test_help_loads_nothing_heavy():
    program = (
        "import sys\nfrom klantstudie.run import cli\n"
        "try:\n    cli.main(['--help'])\nexcept SystemExit:\n    pass\n"
        "sys.exit(bool({'pandas', 'numpy', 'papermill', 'rich', 'jupyter_client'} & set(sys.modules)))"
    )
    assert (
        subprocess.run([sys.executable, "-c", program], stdout=subprocess.DEVNULL, check=False).returncode
        == 0
    )


def test_a_new_study_and_a_new_notebook(home, capsys):
    (home / "Klanten 2026.csv").write_text(
        "id,q1,q2,q3\n1,4,5,3\n2,3,3,2\n3,5,4,4\n4,2,1,3\n", encoding="utf-8"
    )
    code, told, _ = call(capsys, "new", "study", "Klanten 2026.csv")
    folder = home / "data/raw/klanten_2026"
    assert code in (0, None)
    assert "klantstudie check klanten_2026" in told
    assert (folder / "Klanten 2026.csv").read_bytes() == (home / "Klanten 2026.csv").read_bytes()
    assert (folder / "codebook.toml").is_file()
    code, _, told = call(capsys, "new", "study", "Klanten 2026.csv")
    assert (code, "exists; choose another name" in told) == (2, True)
    code, told, _ = call(capsys, "check", "klanten_2026")
    assert (code, "nothing to mend" in told) == (0, True)
    code, told, _ = call(capsys, "check", "klanten_2025", "--json")
    assert (code, "there is no study" in json.loads(told)["problems"][0]) == (1, True)

    path = scaffold.new_notebook("14-wachttijd")
    assert path == home / "notebooks/14-wachttijd.ipynb"
    assert json.loads(path.read_text(encoding="utf-8"))["cells"]
    with pytest.raises(ValueError, match="exists; choose another name"):
        scaffold.new_notebook("14-wachttijd")


def test_lab_starts_with_this_environment(home):
    command = [sys.executable, "-m", "klantstudie", "lab", "--version"]
    found = subprocess.run(command, capture_output=True, text=True, check=True, cwd=home)
    assert found.stdout.strip()[0].isdigit()
