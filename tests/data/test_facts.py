"""Every fact that was collected is kept, or the coding log says what stood there; where the collection is at hand."""

import re

import pytest

from registry.vocabulary import jurisdictions
from tests.support.places import shared
from tests.support.shipped import documents as read_all
from tests.support.shipped import load, log, place, policies_of, several, statements

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


@pytest.fixture(scope="module")
def documents():
    return read_all()


def restored(shipped, old):
    """Return a mapping with the values that an entry of the log says stood there."""
    return {key: value for key, value in ((shipped or {}) | old).items() if value is not None}


@pytest.fixture(scope="module")
def policies(documents):
    """The policies as they were collected: those of today, with what the coding log says stood there."""
    now = {policy["id"]: policy for document in documents.values() for policy in policies_of(document)}
    said = {(name, *where): said for name, policy in now.items() for where, said in statements(policy).items()}
    before, stated = dict(now), {}
    entries = {(entry["policy"], *place(entry)): entry for entry in log()}
    for (name, cell, number), entry in entries.items():
        old = entry["old"]
        if cell == "policy":
            before[name] = None if old is None else restored(now.get(name), old)
        elif old is not None:
            moved = restored(said.get((name, cell, number)), old)
            stated[moved.pop("policy", name), moved.pop("cell", cell)] = moved
    for (name, cell, number), statement in said.items():
        if (name, cell, number) not in entries:
            stated[name, cell] = statement
    return {
        name: policy | {"stated": {cell: each for (owner, cell), each in stated.items() if owner == name}}
        for name, policy in before.items()
        if policy
    }


@pytest.fixture(scope="module")
def pages(documents):
    """The pages that are evidence in the file of a country, without what only follows readers about."""
    return {
        name.upper(): {untracked(each["page"]) for policy in policies_of(document) for each in policy["evidence"]}
        for name, document in documents.items()
    }


def untracked(address):
    return re.sub(r"[?&](wt_mc|utm_[a-z]+|linkId|sc_cid)=[^&#]*", "", address)


@pytest.fixture(scope="module")
def offices(documents):
    return {office["url"]: office for document in documents.values() for office in document.get("offices", [])}


READING = {"duty", "condition", "evidence", "accessed", "checked", "remark"}  # what is not of the collection


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


def test_the_facts_of_a_policy_are_kept(facts, policies, pages):
    for fact in facts:
        who, said, policy = fact["who"], fact["policy"], policies[fact["id"]]
        issuer = policy["issuer"] if isinstance(policy["issuer"], dict) else {"name": policy["issuer"]}
        title = policy["title"] if isinstance(policy["title"], dict) else {"": policy["title"]}
        kept = {
            "name": issuer["name"],
            "legal_form": issuer.get("legal_form"),
            "founded": issuer.get("created"),
            "title": [*title.values()],
        }
        given = {
            "name": who["name"],
            "legal_form": who.get("legal_form"),
            "founded": who.get("founded"),
            "title": [said["name"]],
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
        assert pages[policy["country"]] >= {untracked(address(source)) for source in fact["sources"]}


def test_the_facts_of_a_statement_are_kept(facts, policies):
    compared = 0
    for fact in facts:
        found = policies[fact["id"]]["stated"]
        assert found.keys() == fact["cells"].keys()
        for cell, said in fact["cells"].items():
            compared += 1
            statement = {key: value for key, value in found[cell].items() if key not in READING}
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
