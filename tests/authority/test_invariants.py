"""What holds in every world of sources, however hostile: nobody changes what is not theirs, and names stay."""

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal

from registry.authority.rules import Standing
from registry.iri.names import date_time, term
from tests.authority.others import changes_of_others
from tests.authority.worlds import BASE, merged, of_thing, origins, worlds

# More of them find more: ATLAS_EXAMPLES=3000 takes about two minutes for each property.
EXAMPLES = int(os.environ.get("ATLAS_EXAMPLES", "150"))
many = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


@many
@given(worlds(), origins(9, hostile=True))
def test_no_source_changes_what_it_has_no_authority_over(world, stranger):
    assert changes_of_others(world, stranger) == []


@many
@given(worlds(), st.randoms())
def test_the_order_in_which_sources_are_handed_over_does_not_matter(world, random):
    shuffled = random.sample(world, len(world))
    one, first, ledger = merged(world)
    other, second, _ = merged(shuffled)
    assert one == other
    assert first.entries == second.entries
    assert merged(shuffled, ledger)[0] == one  # and once the ledger knows them, nothing is new
    assert not merged(shuffled, ledger)[1].entries


@many
@given(worlds())
def test_every_merged_thing_has_its_sources_and_the_registrys_own_time(world):
    triples, _, _ = merged(world)
    ids = {f"{BASE}/sources/{origin.state.source.id}" for origin in world}
    times = {date_time(origin.state.accepted_at) for origin in world}
    kinds = {"ospo:Office", "ospo:FlossPolicy", "ospo:PolicyStatement"}
    for subject in {t.subject for t in triples if t.object in {term(kind) for kind in kinds}}:
        facts = {(t.predicate, t.object) for t in triples if t.subject == subject}
        sources = {value.value for name, value in facts if name == term("dcterms:source")}
        assert sources
        assert sources <= ids
        assert {value for name, value in facts if name == term("prov:generatedAtTime")} <= times
        assert Literal("0 day") not in {value for _, value in facts}
        assert "https://evil.example/x" not in {value.value for _, value in facts}


@many
@given(st.lists(worlds(most=4), min_size=2, max_size=4))
def test_a_name_is_given_once_and_stays_with_what_it_was_minted_for(days):
    ledger = None
    minted = {}
    for world in days:
        _, resolved, ledger = merged(world, ledger)
        names = [thing.name for thing in (*resolved.offices, *resolved.policies)]
        assert len(names) == len(set(names))
        for name, key in ledger.minted.items():
            assert minted.setdefault(name, key) == key
        for thing in resolved.offices:
            # a home page that was first noted for another office keeps leading there when it parts from that one
            homes = {f"office {voice.record.home}" for voice in thing.heard}
            assert ledger.minted[thing.name] in homes or thing.name in map(ledger.keys.get, homes)
        assert set(ledger.minted) >= set(names)


@many
@given(worlds(), origins(9))
def test_without_a_source_all_is_as_if_it_had_never_been(world, other):
    alone, _, ledger = merged(world)
    _, _, later = merged([*world, other], ledger)
    again, _, last = merged(world, later)
    assert again == alone
    assert set(last.minted) >= set(ledger.minted)


@many
@given(worlds())
def test_what_is_only_claimed_has_one_claimants_word_and_no_contact(world):
    triples, resolved, _ = merged(world)
    for thing in (*resolved.offices, *resolved.policies):
        if thing.is_only_claimed:
            assert len({voice.record.state.source.id for voice in thing.heard}) == 1
            predicates = {t.predicate for t in of_thing(triples, thing.name)}
            assert not predicates & {
                term("schema:email"),
                term("ospo:codeSource"),
                term("ospo:alias"),
                term("ospo:office"),
            }
        else:
            assert all(voice.standing is not Standing.CLAIMED for voice in thing.heard)
            assert all(voice.standing is Standing.CLAIMED for voice in thing.claims)
