"""Privacy: what is found and what is not, pseudonyms, anonymity counts, and cells that cannot be recomputed."""

import subprocess

import numpy as np
import pandas as pd
import pytest

from klantstudie.errors import InputError, OptionError
from klantstudie.study import privacy
from klantstudie.study.checking import check, remarks
from klantstudie.study.privacy import is_bsn, is_iban, k_anonymity, pseudonymise, scan, suppress
from tests.study.test_loading import ANSWERS, BOOK

KEY = "een sleutel van genoeg tekens"


@pytest.mark.parametrize("digits", ["111222333", "123456782", "010464554", "10464554"])
def test_citizen_numbers_pass_the_eleven_test(digits):
    assert is_bsn(digits)


@pytest.mark.parametrize("digits", ["111222334", "000000000", "1234567", "12345678a", "1112223330"])
def test_other_numbers_do_not(digits):
    assert not is_bsn(digits)


def test_iban():
    assert is_iban("NL91 ABNA 0417 1643 00")
    assert is_iban("BE68539007547034")
    assert not is_iban("NL92 ABNA 0417 1643 00")
    assert not is_iban("NL91")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("mail me op jan.jansen@voorbeeld.nl svp", "email"),
        ("bel 06-12345678", "phone"),
        ("bel 020 123 4567 na zes uur", "phone"),
        ("+31 6 1234 5678", "phone"),
        ("+44 20 7946 0958", "phone"),
        ("op NL91ABNA0417164300 graag", "iban"),
        ("mijn bsn is 111222333.", "bsn"),
        ("ik woon op 1234 AB 5", "postcode"),
        ("vanaf 192.168.1.20", "ip"),
        ("2001:0db8:85a3:0000:0000:8a2e:0370:7334", "ip"),
    ],
)
def test_what_is_found_in_free_text(text, kind):
    found = scan(pd.DataFrame({"opmerking": [text, "prima", None]}))
    assert found.table["part"].tolist() == [kind]
    assert found.value("opmerking", "n") == 1
    assert text not in found.table.to_string()


@pytest.mark.parametrize(
    "text",
    [
        "5",
        "prima",
        "op 1 mei 2024 om 12:30",
        "3,14",
        "cijfer 10",
        "v1.2.3",
        "2024",
        "1000 euro",
        "4-5",
        "12345678901234",
    ],
)
def test_what_is_no_personal_data(text):
    assert scan(pd.DataFrame({"opmerking": [text]})).table["term"].tolist() == ["none_found"]


def test_numbers_and_names_of_columns():
    rng = np.random.default_rng(1)
    random = rng.integers(100_000_000, 999_999_999, 300).astype(float)
    bsn = [float(n) for n in range(111222333, 111322333) if is_bsn(str(n))][:20]
    assert scan(pd.DataFrame({"klantnr": random})).info["columns"] == []
    assert scan(pd.DataFrame({"nummer": bsn})).table["part"].tolist() == ["bsn"]
    found = scan(pd.DataFrame({"E-mail": ["x"], "Voornaam": ["y"], "q1": [3.0], "naamsbekendheid": [4.0]}))
    assert found.table["term"].tolist() == ["E-mail", "Voornaam"]
    assert set(found.table["part"]) == {"column_name"}


def test_pseudonyms_are_keyed_stable_and_join(monkeypatch):
    frame = pd.DataFrame({"mail": ["A@b.nl ", "a@b.nl", None, "c@d.nl"], "q": [1, 2, 3, 4]})
    before = frame.copy(deep=True)
    made = pseudonymise(frame, ["mail"], KEY)
    pd.testing.assert_frame_equal(frame, before)
    assert made["mail"][0] == made["mail"][1] != made["mail"][3]
    assert made["mail"].isna().tolist() == [False, False, True, False]
    assert len(made["mail"][0]) == 16
    other = pseudonymise(pd.DataFrame({"adres": ["c@d.nl"]}), "adres", KEY)
    assert other["adres"][0] == made["mail"][3]
    assert pseudonymise(frame, "mail", KEY + "x")["mail"][0] != made["mail"][0]
    monkeypatch.setenv(privacy.KEY, KEY)
    pd.testing.assert_frame_equal(pseudonymise(frame, ["mail"]), made)


def test_a_pseudonym_is_the_hmac_of_the_standard():
    import hashlib
    import hmac

    expected = hmac.new(KEY.encode(), b"a@b.nl", hashlib.sha256).hexdigest()[:16]
    assert pseudonymise(pd.DataFrame({"m": ["a@b.nl"]}), "m", KEY)["m"][0] == expected


def test_a_missing_or_short_key_is_refused_and_never_shown(monkeypatch):
    monkeypatch.delenv(privacy.KEY, raising=False)
    frame = pd.DataFrame({"mail": ["x"]})
    for key in (None, "geheim"):
        with pytest.raises(OptionError, match="at least 16 characters") as caught:
            pseudonymise(frame, "mail", key)
        assert "geheim" not in str(caught.value)
    with pytest.raises(InputError, match="no column 'mial', did you mean 'mail'"):
        pseudonymise(frame, "mial", KEY)


def test_anonymity_is_counted():
    frame = pd.DataFrame(
        {
            "land": ["NL"] * 6 + ["BE"] * 3 + [None],
            "sekse": ["v"] * 6 + ["m"] * 3 + ["m"],
            "ziekte": ["ja", "nee"] * 3 + ["ja"] * 3 + ["nee"],
        }
    )
    found = k_anonymity(frame, ["land", "sekse"], sensitive=["ziekte"])
    row = found.row("k_anonymity")
    assert (row["minimum"], row["n"], row["n_flagged"], row["share"]) == (1, 3, 4, 0.4)
    row = found.row("l_diversity")
    assert (row["part"], row["minimum"], row["n_flagged"]) == ("ziekte", 1, 4)
    assert k_anonymity(frame, ["land", "sekse"], k=2).value("k_anonymity", "n_flagged") == 1
    with pytest.raises(InputError, match="no rows"):
        k_anonymity(frame.iloc[:0], ["land"])
    with pytest.raises(OptionError, match="k must be a whole number of at least 2"):
        k_anonymity(frame, ["land"], k=1)


def test_small_cells_cannot_be_computed_from_the_totals():
    table = pd.DataFrame([[20, 3, 10], [15, 12, 9], [30, 25, 8]], index=list("abc"), columns=list("xyz"))
    shown = suppress(table)
    assert np.isnan(shown.loc["a", "y"])
    hidden = shown.isna()
    assert (hidden.sum(axis=0) != 1).all()
    assert (hidden.sum(axis=1) != 1).all()
    assert shown.loc["c", "x"] == 30
    pd.testing.assert_frame_equal(suppress(table + 10), (table + 10).astype(float))
    assert not suppress(pd.DataFrame([[0, 10], [10, 0]])).isna().any().any()
    with pytest.raises(InputError, match="cannot be negative"):
        suppress(table - 10)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "data/raw/proef"
    made.mkdir(parents=True)
    (made / "codebook.toml").write_text(BOOK, encoding="utf-8")
    head, *rows = ANSWERS.splitlines()
    text = "\n".join([head + ";mail", *(f"{row};p{i}@x.nl" for i, row in enumerate(rows))])
    (made / "antwoorden.csv").write_text(text, encoding="utf-8")
    return made


def test_check_fails_when_git_holds_personal_data_that_is_not_declared(folder):
    root = folder.parents[2]
    assert check("proef", root=root) == []
    assert "column 'mail' seems to hold personal data (email)" in remarks("proef", root=root)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "data"], cwd=root, check=True)
    problems = check("proef", root=root)
    assert len(problems) == 1
    assert "column 'mail' seems to hold personal data" in problems[0]
    (folder / "codebook.toml").write_text(BOOK.replace('id = "id"', 'id = "id"\nidentifiers = ["mail"]'))
    assert check("proef", root=root) == []
