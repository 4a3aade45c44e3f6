"""A foreign table becomes policies by a declarative mapping: our own small table, and the real one where it is."""

import csv
import io
from collections import Counter

import pytest

from registry.errors import ReadingError
from registry.reading import table
from registry.reading.describe import describe
from registry.validation import validate
from registry.vocabulary import jurisdictions
from tests.support.places import ROOT, shared

SMALL = (ROOT / "tests" / "data" / "policies.csv").read_bytes()

ROWS = list(csv.reader(io.StringIO(SMALL.decode("utf-8-sig"), newline="")))


@pytest.fixture
def policies():
    return table.document(SMALL, "csis")["policies"]


def read(body):
    return describe(
        body, media_type="text/csv", url="https://c.example/t.csv", graph="https://g.example/g", mapping="csis"
    )


def test_each_row_is_a_policy_that_knows_its_line(policies):
    assert [(policy["id"], policy.line, policy.name) for policy in policies] == [
        ("csis-0001", 2, "L2"),
        ("csis-0002", 4, "L4"),
        ("csis-0003", 5, "L5"),
        ("csis-0004", 6, "L6"),
        ("csis-0005", 7, "L7"),
    ]
    assert all({line for line, _ in policy.keys_at.values()} == {policy.line} for policy in policies)


def separated_by(separator, rows=ROWS, **how):
    """Return a table in CSV as a spreadsheet writes it with that separator."""
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=separator, **how).writerows(rows)
    return written.getvalue().encode()


@pytest.mark.parametrize("mark", ["", "\ufeff", "\ufeff\ufeff"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("how", [{}, {"quoting": csv.QUOTE_ALL}, {"lineterminator": "\n"}])
def test_whatever_separates_its_cells_a_table_says_the_same(policies, separator, mark, how):
    assert table.document(mark.encode() + separated_by(separator, **how), "csis")["policies"] == policies


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_header_alone_decides_what_separates_cells(separator):
    others = ",;\t".replace(separator, "") * 40  # more of them than there are columns
    column = ROWS[0].index("Title")
    rows = [[*row[:column], others + row[column], *row[column + 1 :]] for row in ROWS[1:]]
    found = table.document(separated_by(separator, [ROWS[0], *rows]), "csis")["policies"]
    assert [policy["title"] for policy in found] == [" ".join(row[column].split()) for row in rows]


def test_columns_become_our_words(policies):
    first = policies[0]
    statement = first.pop("statements")
    assert first == {
        "id": "csis-0001",
        "title": "Bill on free programs",
        "issuer": "Jordan (Legislative)",
        "country": "JO",
        "level": "central",
        "instrument": "primary-law",
        "status": "failed",
        "issued": "2001",
        "evidence": ["https://parliament.example/bill"],
        "checked": "secondary",
    }
    remark = statement.pop("remark")["en"]
    assert "our reading" in remark
    assert statement == {
        "coverage": "stated",
        "text": {"en": "Would have made offices use free programs."},
        "own_word": "Procurement - mandatory",
        "objectives": ["cost", "industry"],
        "activity": "use",
        "stage": "prioritize",
        "force": "required-to-preferred",
        "measures": ["procurement-rule"],
    }


def test_names_of_countries_are_found_in_all_their_spellings(policies):
    assert [policy["country"] for policy in policies] == ["JO", "TR", "EU", "CA", "NO"]
    assert [policy["level"] for policy in policies] == ["central", "central", "union", "central", "central"]


def test_evidence_is_every_address_once_or_else_the_data_set(policies):
    data_set = "https://www.csis.org/programs/strategic-technologies-program/government-open-source-software-policies"
    assert [policy["evidence"] for policy in policies[1:]] == [
        [data_set],
        ["https://a.example/1", "https://b.example/2"],
        [data_set],
        ["https://c.example/"],
    ]


def test_notes_and_known_doubts_are_remarks(policies):
    remarks = [policy.get("remark", {}).get("en", []) for policy in policies]
    assert remarks[1] == ["CSIS notes: Year from the cover"]
    assert len(remarks[3]) == 1
    assert remarks[0] == remarks[2] == remarks[4] == []


def test_a_table_is_accepted_and_its_findings_have_lines():
    report = validate.validate(read(SMALL))
    assert report.accepted
    assert report.findings
    assert {finding.line for finding in report.findings} == {2, 4, 5, 6, 7}


CANNOT = {
    "column": (SMALL.replace(b"Stated Objective: Cost", b"Cost"), "Stated Objective: Cost", 1),
    "nothing": (b"", "Government", 1),
    "cells": (SMALL.replace(b"R&D,Both,", b"R&D,"), "19 cells", 6),
    "action": (SMALL.replace(b"R&D", b"Prayer"), "Action says 'Prayer'.*csis.yaml", 6),
    "country": (SMALL.replace(b"Canada", b"Atlantis"), "Government says 'Atlantis'", 6),
    "status": (SMALL.replace(b"Replaced", b"Lost"), "Status says 'Lost'", 5),
    "quote": (SMALL.replace(b'"Would', b'"Would" have'), "not CSV", 2),
    "encoding": (SMALL.replace(b"Store of code", b"Store\xff"), "UTF-8", 7),
    "bytes": (SMALL + b" " * table.MAX_BYTES, "at most 2097152", None),
}


@pytest.mark.parametrize("case", CANNOT)
def test_a_table_that_cannot_be_read_says_why_and_where(case):
    body, words, line = CANNOT[case]
    with pytest.raises(ReadingError, match=words) as error:
        table.document(body, "csis")
    assert error.value.line == line


@pytest.mark.parametrize("name", ["unknown", "../sources/fr", ""])
def test_an_unknown_mapping_is_named(name):
    with pytest.raises(ReadingError, match="no mapping called"):
        table.document(SMALL, name)


def test_the_number_of_rows_is_limited():
    header, row = SMALL.split(b"\n")[0], SMALL.split(b"\n")[-2]
    most = b"\n".join([header] + [row] * table.MAX_ROWS)
    assert len(table.document(most, "csis")["policies"]) == table.MAX_ROWS
    with pytest.raises(ReadingError, match="more than 5000 rows"):
        table.document(most + b"\n" + row, "csis")


def test_empty_lines_are_no_rows():
    assert len(table.document(SMALL + b"\n\n,,\n", "csis")["policies"]) == 5


@pytest.fixture(scope="module")
def real():
    return shared("data/csis/OSS.Dataset.-.December.2022.v3.csv").read_bytes()


def test_the_real_table_is_read_whole(real):
    found = table.document(real, "csis")["policies"]
    assert len(found) == 669
    assert len({policy["id"] for policy in found}) == 669
    assert len({policy["issuer"].rpartition(" (")[0] for policy in found}) == 109
    assert all(jurisdictions.jurisdiction(policy["country"]) for policy in found)
    assert len({policy["country"] for policy in found}) == 109


def test_mandatory_of_the_real_table_is_never_required(real):
    statements = [policy["statements"] for policy in table.document(real, "csis")["policies"]]
    assert Counter(statement["force"] for statement in statements) == {
        "informational": 326,
        "considered": 196,
        "required-to-preferred": 134,
        "neutral": 13,
    }
    mandatory = [statement for statement in statements if statement["own_word"] == "Procurement - mandatory"]
    assert {statement["force"] for statement in mandatory} == {"required-to-preferred"}


def test_nothing_of_a_failed_policy_of_the_real_table_is_in_force(real):
    failed = [policy for policy in table.document(real, "csis")["policies"] if policy["status"] == "failed"]
    assert len(failed) == 92
    assert not [policy for policy in failed if "status" in policy["statements"]]


def test_the_real_table_is_accepted(real):
    description = read(real)
    assert description.n_triples.count(b"<https://w3id.org/ospo/ns#PolicyStatement> .") == 669
    assert validate.validate(description).accepted
