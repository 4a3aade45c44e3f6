"""Worlds that once broke an invariant, or looked as if they did, each as a plain case."""

from itertools import permutations

import pytest

from registry.iri.names import term
from registry.model import Layer
from tests.authority.others import changes_of_others
from tests.authority.worlds import BASE, merged, of_thing, office, origin, policy

A, B, X = "http://a.example", "http://b.example", "http://b.example/~x"
LAW, OWN = "http://law.example/1", "http://a.example/law"
WELL_KNOWN = "/.well-known/ospo-meta"


def stranger(*offices, policies=()):
    return origin(9, f"{B}{WELL_KNOWN}", offices, policies)


def links(triples, name, predicate):
    found = {t.object.value for t in of_thing(triples, name) if t.predicate == term(predicate)}
    return {value.removeprefix(f"{BASE}/id/") for value in found}


@pytest.mark.parametrize("page", [LAW, OWN])
@pytest.mark.parametrize("country", ["DE", "ES", "", "FR"])
def test_a_later_policy_of_the_same_page_takes_no_link_of_an_office_away(page, country):
    """The page that an office names led to whichever policy of that page came first in the alphabet of countries."""
    world = [
        origin(0, "http://c.example/list", [office(A, policy_page=page)], kind="list"),
        origin(1, "http://d.example/list", [], [policy(page, issuer=-1)], kind="list"),
    ]
    twice = [policy(page, country=country), policy(page, country=country, title="Law")]
    for policies in (twice[:1], twice):
        it = stranger(office(B), policies=policies)
        assert changes_of_others(world, it) == []
        before, _, ledger = merged(world)
        after = merged([*world, it], ledger)[0]
        assert links(after, "office/a-example", "ospo:flossPolicy") == links(
            before, "office/a-example", "ospo:flossPolicy"
        )


def test_a_list_wins_the_link_from_who_was_only_first_and_the_pages_own_office_from_both():
    listed = origin(1, "http://d.example/list", [], [policy(OWN, issuer=-1, country="ES", title="Listed")], kind="list")
    first = origin(0, f"{B}{WELL_KNOWN}", [office(B, country="DE")], [policy(OWN, country="DE", title="First")])
    names = origin(2, "http://c.example/list", [office(A, policy_page=OWN)], kind="list")
    owner = origin(3, f"{A}{WELL_KNOWN}", [office(A)], [policy(OWN, title="Own")])
    assert links(merged([first, names])[0], "office/a-example", "ospo:flossPolicy") == {"policy/first"}
    assert links(merged([first, listed, names])[0], "office/a-example", "ospo:flossPolicy") == {"policy/listed"}
    assert links(merged([first, listed, names, owner])[0], "office/a-example", "ospo:flossPolicy") == {"policy/own"}


@pytest.mark.parametrize("rightful", [True, False])
@pytest.mark.parametrize("kind", ["list", "description"])
@pytest.mark.parametrize("page", ["", LAW, OWN, "http://b.example/ospo/p"])
def test_a_stranger_who_claims_offices_of_two_hosts_changes_no_policy_of_the_other(rightful, kind, page):
    """Seen once, of a policy whose name ends in --1: in every order, and after the stranger went and came again."""
    world = [
        origin(0, "http://c.example/list", [office(A), office(B), office(X)], [policy(page), policy()], kind=kind),
        origin(1, "http://d.example/x", [office(A)], [policy(page, country="DE"), policy("", id="x")], "list"),
    ]
    world += [origin(2, f"{A}{WELL_KNOWN}", [office(A)], [policy(OWN), policy()])] if rightful else []
    for homes in permutations((A, B, X), 2):
        for own in (page, "", LAW, OWN):
            claims = [office(home, policy_page=own, alias=A) for home in homes]
            it = stranger(*claims, policies=[policy(own, issuer=0), policy(issuer=1, id="open-source-policy--1")])
            assert changes_of_others(world, it) == []
            alone, _, ledger = merged(world)
            assert merged([it, *world], ledger)[0] == merged([*world, it], ledger)[0]
            _, _, later = merged([*world, it], ledger)
            assert merged(world, later)[0] == alone


def test_who_speaks_for_a_home_page_takes_it_out_of_the_office_to_which_it_was_joined_and_links_follow():
    """An office's file says that ~x is the same office; then ~x speaks for itself, and the rest keeps together."""
    joined = origin(0, f"{B}/ospo.yaml", [office(B, alias=X)], named_by=B)
    compiled = origin(1, "http://c.example/x", [office(X)], [policy(LAW)], layer=Layer.COMPILED)
    world, it = [joined, compiled], origin(9, f"{B}/~x/ospo.yaml", [office(X)])
    before, _, ledger = merged(world)
    after = merged([*world, it], ledger)[0]
    (one,), (other,) = (links(triples, "policy/open-source-policy", "ospo:office") for triples in (before, after))
    assert one != other
    assert changes_of_others(world, it) == []
