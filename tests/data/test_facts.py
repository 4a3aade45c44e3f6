"""The bundled sources keep every fact that was collected, where the collection is at hand."""

import re

import pytest

from registry.reading import yaml_events
from registry.vocabulary import jurisdictions
from tests.support.places import ROOT, shared

FOLDER = ROOT / "registry" / "data" / "sources"

# The collected facts name these levels and statuses otherwise.
OURS = {
    "eu-institution": "union-institution",
    "international-organisation": "international",
    "association-of-local-authorities": "association",
    "partly-expired": "partly-in-force",
}
# Sources that the collected facts give in words, and the address that stands for each.
IN_WORDS = {
    "the circular itself, quoted in DINUM slides": "https://www.legifrance.gouv.fr/circulaire/id/45162",
    "github:GSA/open-source-policy:policy.md": "https://github.com/GSA/open-source-policy",
}
# Their date is, by the remark or the law itself, the day of entry into force.
DAY_OF_ENTRY = {"de-egovg-16a", "ch-embag-9"}
# The address of two policies' issuers is one page; only the network whose page it is stands as an office.
WITHOUT_OFFICE = {"Zentrum für Digitale Souveränität der Öffentlichen Verwaltung (ZenDiS)"}


def load(path):
    return yaml_events.load(path.read_bytes())


def several(value):
    return value if isinstance(value, list) else [] if value is None else [value]


def policies_of(document):
    """Return the policies of a file: those that stand alone, then those of its offices."""
    return [
        *document["policies"],
        *(each for office in document.get("offices", []) for each in office.get("policies", [])),
    ]


def cells(policy):
    """Yield (activity/stage, statement) of a policy's matrix."""
    for activity, stages in policy.get("matrix", {}).items():
        for stage, said in stages.items():
            yield from ((f"{activity}/{stage}", statement) for statement in several(said))


@pytest.fixture(scope="module")
def documents():
    return {path.stem: load(path) for path in sorted(FOLDER.glob("*.yaml"))}


@pytest.fixture(scope="module")
def policies(documents):
    return {policy["id"]: policy for document in documents.values() for policy in policies_of(document)}


@pytest.fixture(scope="module")
def offices(documents):
    return {office["url"]: office for document in documents.values() for office in document.get("offices", [])}


def collected(*names):
    return [entry for name in names for entry in load(shared(f"data/policies/{name}.yaml"))]


@pytest.fixture(scope="module")
def facts():
    return collected("policy-facts", "policies-europe", "policies-world")


def address(source):
    """Return the web address of a source as the collected facts write it."""
    for words, found in IN_WORDS.items():
        if source.startswith(words):
            return found
    if match := re.match(r"github:([^@]+)@([0-9a-f]{40}):(\S+)", source):
        return f"https://github.com/{match[1]}/blob/{match[2]}/{match[3]}"
    return source.partition(" ")[0]


def given_in(mapping, key):
    """Return a value of the collected facts, None where they write null."""
    value = mapping.get(key)
    return None if value == "null" else value


def ours(word):
    return OURS.get(word, word)


def test_every_collected_policy_is_here(facts, policies):
    assert len(facts) == 187
    assert {fact["id"] for fact in facts} == policies.keys()


def test_the_facts_of_a_policy_are_kept(facts, policies):
    for fact in facts:
        who, said, policy = fact["who"], fact["policy"], policies[fact["id"]]
        issuer = policy["issuer"] if isinstance(policy["issuer"], dict) else {"name": policy["issuer"]}
        title = policy["title"] if isinstance(policy["title"], dict) else {"": policy["title"]}
        kept = {
            "name": issuer["name"],
            "legal_form": issuer.get("legal_form"),
            "founded": issuer.get("created"),
            "title": [*title.values()],
            "evidence": policy["evidence"],
        }
        given = {
            "name": who["name"],
            "legal_form": who.get("legal_form"),
            "founded": who.get("founded"),
            "title": [said["name"]],
            "evidence": list(dict.fromkeys(map(address, fact["sources"]))),
        }
        plain = {
            **{key: fact.get(key) for key in ("instrument", "checked", "legal_basis", "endorsed_by")},
            **{key: who.get(key) for key in ("country", "territory", "nuts")},
            "level": ours(who["level"]),
            "status": ours(fact["status"]),
            "url": given_in(said, "url"),
            "issued": None if fact["id"] in DAY_OF_ENTRY else given_in(said, "date"),
            "in_force_from": said["date"] if fact["id"] in DAY_OF_ENTRY else given_in(said, "in_force"),
            "in_force_until": given_in(said, "valid_until"),
        }
        assert kept == given
        assert policy.items() >= {key: value for key, value in plain.items() if value is not None}.items()
        assert policy.get("remark", {"en": ""})["en"].startswith(fact.get("remark", ""))


def test_the_facts_of_a_statement_are_kept(facts, policies):
    compared = 0
    for fact in facts:
        found = dict(cells(policies[fact["id"]]))
        assert found.keys() == fact["cells"].keys()
        for cell, said in fact["cells"].items():
            compared += 1
            statement = dict(found[cell])
            scope = several(statement.pop("binds", None)) + several(statement.pop("binds_note", None))
            assert statement.pop("text") == {"en": said["note"]}
            assert scope == several(said.get("binds"))
            assert several(statement.pop("audience", None)) == several(said.get("audience"))
            statement.pop("in_force_until", None)  # reckoned from the note
            assert statement == {key: said[key] for key in ("force", "provision", "status") if key in said}
    assert compared == 372


def test_every_office_of_the_public_list_is_here_with_its_facts(offices):
    path = shared("data/floss-pso/all_public_sector_ospos.yaml")
    listed = {url: office for file in load(path).values() for url, office in file.items()}
    assert len(listed) == 18
    for url, given in listed.items():
        office = offices[url]
        assert jurisdictions.jurisdiction(given["country"]).code == office["country"]
        assert {key: office.get(key) for key in ("name", "email", "floss_policy")} == {
            key: given.get(key) for key in ("name", "email", "floss_policy")
        }
        assert not set(office["description"].values()) & set(given["description"].values())


def test_every_working_office_with_an_address_is_here(offices):
    europe = [office for office in collected("offices-europe") if office["status"] == "active"]
    world = [office for office in collected("offices-world") if office["kind"] in ("ospo", "acts-as")]
    expected = [office for office in europe + world if given_in(office, "url") and office["name"] not in WITHOUT_OFFICE]
    assert len(expected) == 24
    for given in expected:
        office = offices[given["url"]]
        assert office["name"] == given["name"]
        assert office.get("created") == (given_in(given, "created") or given.get("since"))
        assert office["level"] == ours(given["level"])
        assert office["part_of"] == {"name": given["parent"]}
        assert office["evidence"] == list(map(address, given["source"]))
        assert {key: office.get(key) for key in ("email", "checked")} == {
            key: given.get(key) for key in ("email", "checked")
        }
