"""The table of CSIS that comes with the registry: its facts, all of them, and none of its sentences."""

import csv
import io
import re
from collections import Counter

import pytest

from registry.reading import table
from registry.reading.describe import describe
from registry.validation import validate
from registry.vocabulary import jurisdictions
from tests.support.merged import reported
from tests.support.places import ROOT, shared

FOLDER = ROOT / "registry" / "data" / "csis-2022"
BODY = (FOLDER / "policies.csv").read_bytes()
ROWS = list(csv.DictReader(io.StringIO(BODY.decode("utf-8"), newline="")))
OBJECTIVES = {
    "cost": "Stated Objective: Cost",
    "sovereignty": "Stated Objective: Sovereignty",
    "industry": "Stated Objective: Support for National Industry",
    "modernisation": "Stated Objective: Modernization",
    "transparency": "Stated Objective: Transparency",
    "security": "Stated Objective: Security",
}


def plain(text):
    return " ".join(text.split())


@pytest.fixture(scope="module")
def policies():
    return table.document(BODY, "csis-2022")["policies"]


@pytest.fixture(scope="module")
def original():
    text = shared("data/csis/OSS.Dataset.-.December.2022.v3.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_all_rows_and_all_governments_are_there(policies):
    assert len(ROWS) == len(policies) == len({row["key"] for row in ROWS}) == 669
    assert len({row["government"] for row in ROWS}) == len({row["country"] for row in ROWS}) == 109
    assert len({(row["government"], row["country"]) for row in ROWS}) == 109


def test_each_government_is_a_jurisdiction(policies):
    assert {policy["country"] for policy in policies} == {row["country"] for row in ROWS}
    for code in {row["country"] for row in ROWS}:
        assert jurisdictions.jurisdiction(code).code == code
    assert {row["country"] for row in ROWS if row["level"] == "union"} == {"EU"}


def test_the_facts_are_those_of_the_original_and_none_was_corrected(original):
    assert [
        {
            "key": f"csis-{number:04}",
            "government": plain(row["Government"]),
            "branch": row["Issuing Area of Government"],
            "year": row["Date"],
            "type": row["Type"],
            "action": row["Action"].replace("to Use", "to use"),
            "status": row["Status"],
            "objectives": " ".join(code for code, column in OBJECTIVES.items() if row[column] == "X"),
            "title": plain(row["Title"]),
        }
        for number, row in enumerate(original, 1)
    ] == [{key: row[key] for key in row if key not in ("country", "level", "doubt")} for row in ROWS]


def test_no_sentence_of_the_original_is_in_the_table(original):
    titles = {plain(row["Title"]) for row in original}
    words = {plain(row[column]) for row in original for column in ("Issuing Area of Government", "Type", "Action")}
    foreign = {plain(row[column]) for row in original for column in ("Comments", "Notes", "Source", "Source II")}
    text = plain(BODY.decode("utf-8"))
    assert len(foreign) > 600
    assert [it for it in foreign - titles - words if len(it) > 20 and it in text] == []


def test_the_countries_are_those_that_the_other_mapping_finds(original):
    body = shared("data/csis/OSS.Dataset.-.December.2022.v3.csv").read_bytes()
    found = [(policy["id"], policy["country"], policy["level"]) for policy in table.document(body, "csis")["policies"]]
    assert found == [(row["key"], row["country"], row["level"]) for row in ROWS]


def test_a_year_that_cannot_be_right_stands_as_reported_and_dates_nothing(policies):
    doubted = {row["key"] for row in ROWS if row["doubt"]}
    assert {row["government"] for row in ROWS if row["doubt"]} == {"Barbados", "Bolivia", "Canada", "Chile", "Colombia"}
    assert {row["key"] for row in ROWS if row["government"] in ("Bolivia", "Canada")} < doubted
    assert {policy["id"] for policy in policies if "issued" not in policy} == doubted
    for policy, row in zip(policies, ROWS, strict=True):
        said = policy["statements"]
        assert said["text"]["en"] == f"{row['year']} · {row['type']} · {row['action']} · {row['status']}"
        assert ("remark" in said) == (row["key"] in doubted)


def test_texts_are_free_of_stray_spaces():
    assert [value for row in ROWS for value in row.values() if value != plain(value)] == []


def test_no_statement_has_a_force_a_scope_or_a_cell_that_was_assessed(policies):
    statements = [policy["statements"] for policy in policies]
    assert {statement["coverage"] for statement in statements} == {"not-assessed"}
    assert {policy["checked"] for policy in policies} == {"secondary"}
    assert [it for it in (*policies, *statements) if {"force", "binds", "audience", "duty"} & it.keys()] == []
    assert Counter(statement["own_word"] for statement in statements)["Procurement - mandatory"] == 134


def test_the_table_is_accepted_without_an_error():
    description = describe(
        BODY, media_type="text/csv", url="https://c.example/t.csv", graph="https://g.example/g", mapping="csis-2022"
    )
    report = validate.validate(description)
    assert report.accepted
    assert description.n_triples.count(b"<https://w3id.org/ospo/ns#PolicyStatement> .") == 669
    assert {finding.shape.rpartition("#")[2] for finding in report.findings} <= {"policy-page", "policy-ended"}


def test_the_folder_says_its_licence_whose_it_is_and_what_was_changed():
    text = (FOLDER / "LICENSE").read_text(encoding="utf-8")
    facts = table.dataset("csis-2022")
    ((source, _),) = reported().values()
    assert source.licence == facts["licence"] == "https://creativecommons.org/licenses/by/4.0/"
    assert all(word in text for word in (facts["licence"], facts["page"], facts["repository"], "What was changed"))
    assert re.findall(r"Lostri|Wood|Jain", facts["citation"]) == ["Lostri", "Wood", "Jain"]
    columns = set(BODY.decode().splitlines()[0].split(","))
    assert {"key", "country", "level", "objectives", "action", "doubt"} <= columns
    assert "Lostri" in source.title
    assert "CC BY 4.0" in (ROOT / "README.md").read_text(encoding="utf-8")
