"""The shipped statements are coded by the codebook, whose sections are named here; the coding log says what changed."""

import calendar
import csv
import importlib.util
import itertools
import re
from collections import Counter
from urllib.parse import urlsplit

import pytest

from tests.support.places import ROOT, shared
from tests.support.shipped import documents, log, place, policies_of, statements

TODAY = "2026-11-30"  # the day of the codings

# Section 2: an object of duty and the cells where it answers or stands beside the question, by activity/stage or stage.
DUTIES = {
    "prefer-open-source": {"use/prioritize", "produce/prioritize"},
    "consider-open-source": {"use/prioritize"},
    "reuse-existing": {"use/prioritize"},
    "plan-adoption": {"use/present"},
    "inventory": {"use/present", "produce/present"},
    "secure-use": {"use/present"},
    "catalogue": {"use/present"},
    "publish-code": {"produce/present", "produce/prioritize"},
    "disclose-on-request": {"produce/present"},
    "share-with-administrations": {"produce/present"},
    "license-choice": {"produce/present"},
    "own-rights": {"produce/present"},
    "document-repository": {"produce/present", "contribute/present"},
    "upstream-contribution": {"contribute/present"},
    "allocate-resources": {"contribute/prioritize"},
    "train": {"use/present", "use/promote", "contribute/promote"},
    "promote": {"use/promote", "contribute/promote", "produce/promote"},
    "organise": {"use/present", "use/promote", "produce/present", "produce/prioritize", "produce/promote"},
}
CONDITIONS = {
    "on-request",
    "when-distributed",
    "when-licensed",
    "when-released",
    "when-available",
    "when-acquiring",
    "when-developing-further",
}
FOR_WHOM = {"publish-code", "disclose-on-request", "share-with-administrations"}  # of these the audience is obligatory

# Section 6: an act's address is official; a page of these is evidence.
OTHERS = re.compile(
    r"joinup\.ec|interoperable-europe\.ec|epractice|wikipedia|wikinews|wikisource|vlex\.|scribd\.|slideshare|docplayer|"
    r"docslib|blogspot|wordpress|dokumen|studylib|heise\.|elpais\.|tagesspiegel|linux\.com|fsfe\.org|april\.org"
)
# Its pages are the Commission's, whose strategy it is.
COMMISSION = {"eu-com-strategy-2020"}
# A language community has no territory of its own.
WITHOUT_TERRITORY = {"be-fwb-dpc"}
# Of these the number of the provision was not found (section 6). Whoever finds one takes the line out.
WITHOUT_PROVISION = set((ROOT / "tests" / "data" / "without-provision.txt").read_text(encoding="utf-8").split())

# What remarks are not for (section 6): how a file was filled, names of fields, other collections.
WORKING_NOTES = re.compile(
    r"\b(url|date|checked|binds) =|'(url|date|binds|checked)'|do not import|\bCSIS\b|[Aa]ddress from|coded here"
)


@pytest.fixture(scope="module")
def policies():
    return {policy["id"]: policy for document in documents().values() for policy in policies_of(document)}


@pytest.fixture(scope="module")
def stated(policies):
    """Return what is stated, by (policy, cell, place in the cell), with the values that it has of its policy."""
    own = (
        "level",
        "instrument",
        "status",
        "issued",
        "in_force_from",
        "in_force_until",
        "checked",
        "accessed",
        "evidence",
    )
    return {
        (name, *where): {key: policy[key] for key in own if key in policy} | statement
        for name, policy in policies.items()
        for where, statement in statements(policy).items()
    }


def first_and_last_day(date):
    """Return the interval that a date of year, month or day stands for, as two days."""
    year, month, day = (*(int(part) for part in date.split("-")), None, None)[:3]
    last_month = month or 12
    return (year, month or 1, day or 1), (year, last_month, day or calendar.monthrange(year, last_month)[1])


def name(key):
    return "#".join([key[0], f"{key[1].replace('/', '-')}-{key[2]}"])


def test_a_statement_has_one_object_of_duty_that_belongs_to_its_cell(stated):
    assert len(stated) > 450
    assert [name(key) for key, said in stated.items() if key[1] not in DUTIES.get(said.get("duty"), ())] == []


def test_a_statement_says_with_what_force_whom_it_binds(stated):
    assert [
        name(key) for key, said in stated.items() if not (said.get("force") and said.get("binds") and said.get("text"))
    ] == []


def test_condition_and_reach_are_codes_of_the_codebook(stated):
    assert {said["condition"] for said in stated.values() if "condition" in said} <= CONDITIONS
    assert {said["reach"] for said in stated.values() if "reach" in said} == {"field"}  # general is what is not written


def test_who_gets_the_code_is_said_where_it_has_to_be(stated):
    assert [name(key) for key, said in stated.items() if said["duty"] in FOR_WHOM and not said.get("audience")] == []


def test_a_duty_that_was_read_names_its_provision(stated):
    missing = {
        name(key)
        for key, said in stated.items()
        if said["force"] in ("required", "comply-or-explain")
        and said["checked"] != "secondary"
        and not said.get("provision")
    }
    assert missing == WITHOUT_PROVISION


def test_what_is_not_of_the_centre_says_where_it_holds(policies):
    placeless = {
        name
        for name, policy in policies.items()
        if policy["level"] in ("regional", "local") and not (policy.get("territory") or policy.get("nuts"))
    }
    assert placeless == WITHOUT_TERRITORY


def test_nothing_holds_before_it_is_issued_nor_ends_before_it_begins(policies, stated):
    wrong = []
    for key, said in [
        *((name, policy) for name, policy in policies.items()),
        *((name(key), said) for key, said in stated.items()),
    ]:
        dates = [
            first_and_last_day(said[field]) for field in ("issued", "in_force_from", "in_force_until") if field in said
        ]
        wrong += [key for earlier, later in itertools.pairwise(dates) if later[1] < earlier[0]]
    assert wrong == []


def test_a_draft_does_not_say_that_it_holds(stated):
    assert [
        name(key)
        for key, said in stated.items()
        if said["status"] in ("proposed", "failed") and "in_force_from" in said
    ] == []


def test_the_address_of_an_act_is_not_a_page_of_others(policies):
    hosts = {name: urlsplit(policy["url"]).netloc for name, policy in policies.items() if "url" in policy}
    assert {name for name, host in hosts.items() if OTHERS.search(host)} == COMMISSION


def test_the_evidence_names_its_kind_and_a_copy_its_original(policies, stated):
    pages = [page for each in [*policies.values(), *stated.values()] for page in each["evidence"]]
    assert [page for page in pages if set(page) - {"copy_of"} != {"page", "evidence_type"}] == []
    assert [page for page in pages if "copy_of" in page and page["evidence_type"] != "law-text"] == []


def test_who_read_only_others_has_not_read_the_act(stated):
    """The text was read in a copy of others; the copies give no address of the original."""
    known = {"hu-1604-2016", "hu-open-documents-2011", "ke-ict-policy-2020", "us-nh-rsa-21r11"}
    seen = {
        key[0]
        for key, said in stated.items()
        if said["checked"] == "primary"
        and {page["evidence_type"] for page in said["evidence"]} == {"third-party-report"}
    }
    assert seen == known


def test_remarks_are_for_readers(policies, stated):
    remarks = [each["remark"]["en"] for each in [*policies.values(), *stated.values()] if "remark" in each]
    assert len(remarks) > 200
    assert [remark for remark in remarks if WORKING_NOTES.search(remark)] == []


def test_every_policy_carries_the_version_of_the_codebook(policies):
    assert {policy.get("codebook") for policy in policies.values()} == {"0.1"}


# --- the log ----------------------------------------------------------------------------------------------------------

ASKED = {"id", "date", "country", "policy", "cell", "old", "new", "why", "confidence", "read_with", "codebook"}
READ_WITH = {"official text", "copy of the official text", "copy of a page", "our own record; nothing new was read"}


def test_every_entry_of_the_log_is_whole():
    entries = log()
    assert [entry["id"] for entry in entries if set(entry) - {"statement", "missing", "source"} != ASKED] == []
    assert [entry["id"] for entry in entries if not entry["why"] or entry["old"] == entry["new"]] == []
    assert {entry["confidence"] for entry in entries} == {"high", "medium", "low"}
    assert {entry["read_with"] for entry in entries} == READ_WITH
    assert [
        entry["id"] for entry in entries if "nothing new" not in entry["read_with"] and not entry.get("source")
    ] == []
    assert [
        page for entry in entries for page in entry.get("source", []) if not re.match(r"https?://[^/\s]+", page)
    ] == []


def test_the_log_is_sorted_and_its_names_are_unique():
    cells = [
        "policy",
        *(
            f"{activity}/{stage}"
            for activity in ("use", "contribute", "produce")
            for stage in ("present", "prioritize", "promote")
        ),
    ]
    entries = log()
    order = [
        (entry["country"], entry["policy"], cells.index(entry["cell"]), entry["date"], place(entry)[1])
        for entry in entries
    ]
    assert order == sorted(order)
    assert {*Counter(entry["id"] for entry in entries).values()} == {1}


def test_the_log_tells_of_every_statement_and_of_what_is_shipped(policies, stated):
    last = {(entry["policy"], *place(entry)): entry for entry in log()}
    told = {key for key, entry in last.items() if key[1] != "policy" and entry["new"] is not None}
    assert told == stated.keys()
    for (policy, cell, number), entry in last.items():
        shipped = policies.get(policy) if cell == "policy" else statements(policies[policy]).get((cell, number))
        if entry["new"] is None:
            assert shipped is None
            continue
        new = {key: value for key, value in entry["new"].items() if key not in ("cell", "policy")}
        assert {key: shipped.get(key) for key in new} == new, entry["id"]


def test_what_is_taken_out_was_there(policies):
    gone = {entry["policy"] for entry in log() if entry["cell"] == "policy" and entry["new"] is None}
    assert gone == {"ca-directive"}
    assert gone.isdisjoint(policies)
    assert {entry["policy"] for entry in log()} == policies.keys() | gone


# --- the heads, by the reference of section 9 -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def heads(policies, stated):
    """Return the function (country, cell, day) → head of the reference over the shipped statements."""
    spec = importlib.util.spec_from_file_location("rollup", shared("data/policies/2026-11/rollup.py"))
    rollup = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rollup)

    def head(row, cell, day):
        country, _, issuer = row.partition(" ")
        said = [
            statement | {"id": name(key)}
            for key, statement in stated.items()
            if key[1] == cell and policies[key[0]]["country"] == country and issuer in str(policies[key[0]]["issuer"])
        ]
        return rollup.head(said, cell, day, TODAY, country if country in ("EU", "INT") else "country")

    return head


HEADS = list(csv.DictReader((ROOT / "tests" / "data" / "heads.csv").read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize("row", HEADS, ids=lambda row: f"{row['row']} {row['cell']} {row['day']}")
def test_the_heads_of_the_codebook_come_out(heads, row):
    found = heads(row["row"], row["cell"], row["day"])
    head = found["head"] or {}
    assert {
        "head": head.get("force", ""),
        "duty": head.get("duty", ""),
        "condition": head.get("condition", ""),
        "mark": found["mark"] or "",
        "also": found.get("also", ""),
        "neighbour": found.get("neighbour", ""),
        "apart": " ".join(f"{kind}:{number}" for kind, number in sorted(found.get("apart", {}).items())),
    } == {key: value for key, value in row.items() if key not in ("row", "cell", "day")}
