"""The bundled sources are sound in themselves."""

import csv
import re
from collections import Counter

import pytest

from registry.reading.describe import describe
from registry.validation import validate
from registry.vocabulary import concepts, jurisdictions
from tests.support.places import ROOT
from tests.support.shipped import FILES, cells, load, policies_of, several
from tests.support.shipped import documents as read_all

# Offices, policies and statements of each file.
COUNTS = {
    row["file"]: (int(row["offices"]), int(row["policies"]), int(row["statements"]))
    for row in csv.DictReader((ROOT / "tests" / "data" / "sources.csv").read_text(encoding="utf-8").splitlines())
}
CODES = {
    "kind": "office-kind",
    "level": "level",
    "office_status": "office-status",
    "instrument": "instrument",
    "status": "status",
    "force": "force",
    "binds": "binds",
    "audience": "audience",
    "checked": "checked",
    "evidence_type": "evidence-type",
    "exceptions": "exception",
    "applies_to": "applies-to",
}
DATES = ("created", "issued", "in_force_from", "in_force_until", "accessed")


def mappings(value):
    """Yield a mapping or list and all mappings below it."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from mappings(inner)


@pytest.fixture(scope="module")
def documents():
    return read_all()


@pytest.fixture(scope="module")
def policies(documents):
    return {policy["id"]: policy for document in documents.values() for policy in policies_of(document)}


@pytest.fixture(scope="module")
def offices(documents):
    return {office["url"]: office for document in documents.values() for office in document.get("offices", [])}


def test_the_files_hold_as_much_as_was_collected(documents):
    found = {
        name: (
            len(document.get("offices", [])),
            len(policies_of(document)),
            sum(len(list(cells(policy))) for policy in policies_of(document)),
        )
        for name, document in documents.items()
    }
    assert found == COUNTS
    assert tuple(map(sum, zip(*COUNTS.values(), strict=True))) == (42, 245, 483)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_bundled_source_is_accepted(path):
    description = describe(
        path.read_bytes(),
        media_type="application/yaml",
        url=f"https://b.example/{path.name}",
        graph="https://g.example/g",
    )
    report = validate.validate(description)
    assert report.accepted
    assert not [finding for finding in report.findings if finding.shape.endswith("unknown-field")]
    assert description.n_triples.count(b"<https://w3id.org/ospo/ns#PolicyStatement> .") == COUNTS[path.stem][2]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_bundled_source_says_what_it_is(path):
    document = load(path)
    name = jurisdictions.country_name(path.stem, "en")
    assert jurisdictions.jurisdiction(path.stem).code == path.stem.upper()
    assert document["title"].endswith(" compiled by OSPO Atlas")
    assert document["licence"] == "https://creativecommons.org/publicdomain/zero/1.0/"
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", document["modified"])
    assert path.read_text(encoding="utf-8").startswith("# ")
    assert name.split()[0] in document["title"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_about_the_country_that_it_is_called_after(path):
    document = load(path)
    described = [*document.get("offices", []), *policies_of(document)]
    assert {thing["country"] for thing in described} == {path.stem.upper()}


def test_identifiers_and_home_pages_are_unique(documents):
    identifiers = Counter(policy["id"] for document in documents.values() for policy in policies_of(document))
    pages = Counter(office["url"] for document in documents.values() for office in document.get("offices", []))
    assert {*identifiers.values(), *pages.values()} == {1}


def test_only_known_codes_are_used(documents):
    known = {scheme: {concept.code for concept in concepts.concepts(scheme)} for scheme in CODES.values()}
    used = [
        (key, code)
        for document in documents.values()
        for mapping in mappings(document)
        for key in CODES
        for code in several(mapping.get(key))
    ]
    assert used
    assert [(key, code) for key, code in used if code not in known[CODES[key]]] == []


def test_dates_are_well_formed(documents):
    dates = [m[key] for document in documents.values() for m in mappings(document) for key in DATES if key in m]
    assert dates
    assert [date for date in dates if not re.fullmatch(r"[12]\d{3}(-[01]\d(-[0-3]\d)?)?", date)] == []


def test_everything_shows_where_it_was_read(policies, offices):
    things = [*policies.values(), *offices.values()]
    days = {"2026-11-22", "2026-11-30"}
    assert [thing for thing in things if not thing["evidence"] or thing["accessed"] not in days] == []
    found = [
        value
        for thing in things
        for m in mappings(thing)
        for key in ("url", "evidence", "code")
        for value in several(m.get(key))
    ]
    pages = [value["page"] if isinstance(value, dict) else value for value in found]
    originals = [value["copy_of"] for value in found if isinstance(value, dict) and "copy_of" in value]
    assert [page for page in pages + originals if not re.fullmatch(r"https?://[^/\s]+\.[^\s]*", page)] == []
