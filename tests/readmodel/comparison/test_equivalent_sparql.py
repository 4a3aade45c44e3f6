"""The query that a page of the comparison offers finds the very statements that the page shows."""

import json

import pytest

from registry.endpoint.results import run
from registry.readmodel.catalogue import Catalogue
from registry.readmodel.comparison.equivalent_sparql import query
from registry.readmodel.comparison.filters import filters
from registry.store.protocol import JSON
from tests.support.merged import SETTINGS, store

STATES = (
    [],
    [("country", "FR")],
    [("country", "FR"), ("country", "DE"), ("activity", "use")],
    [("activity", "produce"), ("stage", "present"), ("force", "required")],
    [("layer", "compiled"), ("status", "in-force"), ("status", "expired")],
    [("level", "central")],
    [("office", "code-gouv-fr")],
    [("office", "nobody> } #")],
    [("on", "2017")],
    [("on", "2016-10-06")],
    [("on", "2024-07-01"), ("country", "DE")],
    [("force", "unheard-of")],
)


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue(store(), SETTINGS.base)


@pytest.mark.parametrize("state", STATES)
def test_the_query_finds_what_passes(catalogue, state):
    chosen = filters(state)
    text = query(chosen, SETTINGS.base)
    answer = run(catalogue.store._store, text, JSON, f"{SETTINGS.base}/merged", 10_000, 4_000_000)
    found = sorted(row["statement"]["value"] for row in json.loads(answer.body)["results"]["bindings"])
    assert found == sorted(item.iri for item in catalogue.statements() if chosen.passes(item))


def test_the_states_tell_statements_apart(catalogue):
    counts = [sum(map(filters(state).passes, catalogue.statements())) for state in STATES]
    assert len(set(counts)) > 5
