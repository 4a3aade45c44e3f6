"""A part of the ledger gives the names that the whole gives, and what is read from a store is what was written."""

from hypothesis import given, settings
from hypothesis import strategies as st

from registry.authority.identity import Wish, mint, names_for
from registry.authority.ledger import Concern, Ledger
from registry.authority.ledger_rdf import StoredLedger
from registry.model import LedgerEntries
from registry.store.embedded import EmbeddedStore
from tests.authority.worlds import BASE

many = settings(max_examples=150, deadline=None)
NAMES = ("office/a", "office/a-b", "policy/a", "policy/a-0123abcd")  # the last is of a form that is not granted
KEYS = tuple(f"office {letter}.example" for letter in "abcdefghijkl")
SOURCES = ("s1", "s2", "s3")

wishes = st.builds(
    Wish,
    st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True).map(tuple),
    st.sampled_from(NAMES),
)
claims = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(SOURCES)), max_size=5, unique=True)
passes = st.lists(st.tuples(st.lists(wishes, max_size=6), claims), max_size=6)


@many
@given(passes)
def test_names_and_claims_are_given_by_a_part_as_by_the_whole(passes):
    stored, whole = StoredLedger(EmbeddedStore(), BASE), Ledger()
    for wanted, claimed in passes:
        keys = frozenset(key for wish in wanted for key in wish.keys)
        part = stored.part(Concern(keys, frozenset(SOURCES), frozenset(wish.name for wish in wanted)))
        names, entries = mint(wanted, whole)
        assert mint(wanted, part) == (names, entries)
        new = tuple(claim for claim in claimed if claim not in whole.claims)
        assert new == tuple(claim for claim in claimed if claim not in part.claims)
        added = LedgerEntries(entries.names, new)
        whole = whole.with_entries([added])
        assert part.with_entries([added]).size == whole.size
        stored.add(added, part)
        assert stored.whole() == whole
        of = {name: {key for key, known in whole.keys.items() if known == name} for name in whole.minted}
        known = {name: {*of[name], key} for name, key in whole.minted.items()}
        found = {name: set(keys) for name, keys in stored.known_by(KEYS).items()}
        assert found == {name: keys for name, keys in known.items() if keys & set(KEYS)}


def test_a_name_that_many_have_is_numbered_on():
    stored = StoredLedger(EmbeddedStore(), BASE)
    for number in range(20):
        key = f"policy page FR a.example/{number}"
        before = stored.part(Concern(frozenset({key}), frozenset(), frozenset({"policy/plan"})))
        (name,), entries = mint([Wish((key,), "policy/plan")], before)
        assert [name] == names_for("policy/plan", number, number)
        stored.add(entries, before)
    assert StoredLedger(stored._store, BASE).size == stored.size == (20, 0)


def test_the_archive_s_entries_are_written_as_they_were():
    written, replayed = (StoredLedger(EmbeddedStore(), BASE) for _ in range(2))
    for entries in (
        LedgerEntries((("office/a", (KEYS[0], KEYS[1])),), ((KEYS[0], "s1"),)),
        LedgerEntries((("office/a", (KEYS[0], KEYS[2])), ("office/a--1", (KEYS[0],))), ((KEYS[0], "s2"),)),
    ):
        written.add(entries, written.whole())
        replayed.add(entries, replayed.before(entries))
    assert replayed.whole() == written.whole()
    assert written.whole().keys[KEYS[0]] == "office/a"
