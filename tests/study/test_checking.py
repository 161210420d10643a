"""Checking a study: what must be mended in one list, what deserves a look in another."""

import hashlib

import pytest

from klantstudie.study.checking import check, remarks
from tests.study.test_loading import ANSWERS, BOOK


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "data/raw/proef"
    made.mkdir(parents=True)
    (made / "codebook.toml").write_text(BOOK, encoding="utf-8")
    (made / "antwoorden.csv").write_text(ANSWERS, encoding="utf-8")
    return made


def found(folder):
    return check("proef", root=folder.parents[2])


def test_a_good_study_has_no_problems(folder):
    assert found(folder) == []


def test_problems_of_codebook_file_and_answers(folder):
    (folder / "codebook.toml").write_text(BOOK.replace('response = "l5"', 'response = "l55"'))
    assert any("there is no response 'l55', did you mean 'l5'?" in problem for problem in found(folder))
    (folder / "codebook.toml").write_text(BOOK)
    (folder / "antwoorden.csv").write_text("id;q1;q2;land;duur\n1;8;x;1;300\n1;1;1;1;1\n")
    assert len(found(folder)) == 3
    (folder / "antwoorden.csv").write_bytes(b"\x00\x01")
    assert len(found(folder)) == 1


def test_rules_groups_and_source(folder):
    (folder / "codebook.toml").write_text(BOOK.replace("duur < 60", "duur > 0"))
    assert found(folder) == ["rule 'te snel': takes out every row"]
    (folder / "codebook.toml").write_text(BOOK.replace("duur < 60", "land > 3"))
    assert "compares text by size" in found(folder)[0]
    (folder / "codebook.toml").write_text(BOOK.replace(', "2" = "BE"', ""))
    assert found(folder) == ["groups.land: codes without a label: 2"]
    (folder / "codebook.toml").write_text(BOOK)
    (folder / "SOURCE.md").write_text("sha256 " + "0" * 64)
    assert "SOURCE.md: none of its SHA-256 values" in found(folder)[0]
    (folder / "SOURCE.md").write_text(hashlib.sha256(ANSWERS.encode()).hexdigest())
    assert found(folder) == []


def test_a_study_that_is_not_there(folder):
    assert "no study 'proev'" in check("proev", root=folder.parents[2])[0]


def test_remarks(folder):
    told = "\n".join(remarks("proef", root=folder.parents[2]))
    assert "delimiter ';'" in told
    assert "groups.land: fewer than 5 respondents: NL (1)" in told
    (folder / "antwoorden.csv").write_text("id;q1;q2;land;duur;extra\n1;3;1;1;300;x\n2;3;2;1;300;y\n")
    told = "\n".join(remarks("proef", root=folder.parents[2]))
    assert "columns that the codebook leaves out: extra" in told
    assert "items.q1: everybody gave the same answer" in told


def test_preview_and_unfinished_answers_without_a_rule_are_remarked(folder):
    head = "StartDate,EndDate,Status,Finished,ResponseId,q1\n"
    (folder / "antwoorden.csv").write_text(head + "a,b,1,1,R1,3\na,b,0,0,R2,4\na,b,0,1,R3,5\n")
    (folder / "codebook.toml").write_text('[study]\ntitle="x"\nid="ResponseId"\n[items.q1]\n')
    told = "\n".join(remarks("proef", root=folder.parents[2]))
    assert "'Status' marks 1 answers as preview" in told
    assert "'Finished' marks 1 answers as not finished" in told
