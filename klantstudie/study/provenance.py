"""What a publication package must say and no file can tell: who, when, how, under what conditions (publication.toml)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import Field

from klantstudie.errors import CodebookError, suggestion
from klantstudie.study.declared import Date, Names, Places, Table, build

FILE = "publication.toml"  # beside the codebook, and apart from it: what it says changes no number

DRAFT = """\
# What the readme of the publication package says and the data cannot tell. Write in English: the package is read
# everywhere. No names of respondents, no addresses, no consent forms. The questionnaire goes into the folder materials
# beside this file, the thesis or article into manuscript. Then: klantstudie package {study}

[package]
title = ""             # title of the thesis or article
authors = []           # ["Jansen, A. B."]
manuscript = ""        # reference, DOI and date of acceptance, or "master's thesis, not published"
design = ""            # the problem, the design, how respondents were chosen, how many of those asked answered
data = ""              # primary: you collected them; secondary: somebody else did
collected_by = []      # names, also of companies and assistants
collected = ""         # from when to when, such as "2026-03-02 to 2026-04-10"
locations = ""         # where, and whom to ask there (leave empty for an online survey)
analysed_by = []       # names
roles = ""             # who did what else, such as "supervision: C. D. de Vries"
ethics = ""            # committee, number and date; or why no review was needed
deidentification = []  # each step taken before the raw file got here, such as "the platform stored no IP addresses"
sharing = ""           # will the data be public, and where; if not, why not
raw = "included"       # included, or restricted: then the raw file and the clean answers stay out of the package
restriction = ""       # only for restricted: why, where the data are kept, and who decides on access
licence = ""           # of the data, when the codebook does not say it; such as CC-BY-4.0
stored_by = []         # who put this package together
stored_on = ""         # and when, such as "2026-06-30"

# [thesis]             # for a master's thesis: klantstudie package {study} --thesis
# student = ""         # Jansen, A. B.
# number = ""
# year = 2026
# group = ""           # research group or programme
# supervisors = []
# contact = ""         # of the supervisor
"""

NEEDED = {
    "title": "the title of the thesis or article",
    "authors": "its authors",
    "manuscript": "the reference of the manuscript, or that it is not published",
    "design": "the problem, the design and how respondents were chosen, in a few sentences",
    "data": "primary (you collected them) or secondary",
    "collected_by": "who collected the data",
    "collected": "from when to when",
    "analysed_by": "who analysed them",
    "ethics": "the ethical review, or why there was none",
    "deidentification": "the steps that took names and the like out of the data, or why none was needed",
    "sharing": "whether the data will be public, and if not why",
    "stored_by": "who put the package together",
    "stored_on": "on which date",
}
OF_THESIS = {
    "student": "the student",
    "number": "the student number",
    "year": "the year",
    "group": "the research group or programme",
    "supervisors": "the supervisors",
    "contact": "how to reach the supervisor",
}


class Package(Table):
    """[package]: what the guideline of the Dutch faculties of behavioural and social sciences (2022) asks for."""

    title: str = ""
    authors: Names = Field(default_factory=list)
    manuscript: str = ""
    design: str = ""
    data: Literal["", "primary", "secondary"] = ""
    collected_by: Names = Field(default_factory=list)
    collected: str = ""
    locations: str = ""
    analysed_by: Names = Field(default_factory=list)
    roles: str = ""
    ethics: str = ""
    deidentification: Names = Field(default_factory=list)
    sharing: str = ""
    raw: Literal["included", "restricted"] = "included"
    restriction: str = ""
    licence: str = ""
    stored_by: Names = Field(default_factory=list)
    stored_on: Date = Field("", pattern=r"^(\d{4}-\d{2}-\d{2})?$")


class Thesis(Table):
    """[thesis]: what a master's programme asks for besides."""

    student: str = ""
    number: str = ""
    year: int = 0
    group: str = ""
    supervisors: Names = Field(default_factory=list)
    contact: str = ""


class Provenance(Table):
    """Both tables of publication.toml."""

    package: Package = Package()
    thesis: Thesis = Thesis()

    def missing(self, *, thesis: bool = False) -> list[str]:
        """Return every fact that is needed and not there, as "key: what it is"."""
        found = [f"{key}: {what}" for key, what in NEEDED.items() if not getattr(self.package, key)]
        if self.package.raw == "restricted" and not self.package.restriction:
            found.append("restriction: why the data stay out, where they are kept, and who decides on access")
        if thesis:
            found += [
                f"thesis.{key}: {what}" for key, what in OF_THESIS.items() if not getattr(self.thesis, key)
            ]
        return found


def read(path: Path) -> Provenance:
    """Read publication.toml; whatever is wrong is one error that lists each problem with its place."""
    try:
        text = path.read_text(encoding="utf-8")
        given = tomllib.loads(text)
    except OSError as error:
        raise CodebookError(str(path), [f"cannot be read: {error.strerror}"]) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CodebookError(str(path), [f"is not TOML in UTF-8: {error}"]) from None
    places, models = Places(text), {"package": Package, "thesis": Thesis}
    problems = [
        f"{places.at(name)}: unknown table{suggestion(name, models)}" for name in given if name not in models
    ]
    made = {}
    for name, model in models.items():
        made[name], found = build(model, given.get(name, {}), [name], places)
        problems += found
    if problems:
        raise CodebookError(f"{path.parent.name}/{path.name}", problems)
    return Provenance(**made)
