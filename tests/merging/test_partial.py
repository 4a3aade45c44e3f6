"""Merging a part leaves what merging everything would: graphs, ledger and what is told to have changed."""

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.authority import voices_rdf
from registry.authority.ledger_rdf import StoredLedger
from registry.authority.resolve import concern, resolve
from registry.iri.names import authority_graph, merged_graph
from registry.merging import partial
from registry.merging.merge import merge
from registry.merging.merge_index import MergeIndex
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import NOTHING, graph
from tests.authority.test_invariants import EXAMPLES
from tests.authority.worlds import BASE, Origin, office, origin, origins, policy, worlds

many = settings(max_examples=EXAMPLES // 3, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
CURATED = {"a.example/ospo": "b.example/~x"}


@dataclass
class Registry:
    """A store whose graphs are merged part by part, and its ledger, in a store of its own that never dies."""

    store: EmbeddedStore = field(default_factory=EmbeddedStore)
    index: MergeIndex = field(default_factory=MergeIndex)
    ledger: StoredLedger = field(default_factory=lambda: StoredLedger(EmbeddedStore(), BASE))
    merges: int = 0
    described: list = field(default_factory=list)
    enough: int = 1_000

    def merge(self, world):
        """Merge a world; return its part, and subjects of which a change was told."""
        by_id = {one.state.source.id: one for one in world}
        told = set()

        def describe(state):
            self.described.append(state.source.id)
            return by_id[state.source.id].records

        def differs(old, new):
            told.update(triple.subject.value for triple in old ^ new)

        known = partial.is_known(self.index, str(self.merges), self.store, BASE)
        states, known_by = [one.state for one in world], self.ledger.known_by
        part = partial.part(
            self.index, states, describe, CURATED, known_by, BASE, everything=not known, enough=self.enough
        )
        ledger = self.ledger.part(concern(part.sources))
        resolved = resolve(part.sources, CURATED, ledger)
        self.ledger.add(resolved.entries, ledger)
        partial.write(self.store, part, resolved, BASE, differs, lambda old, new: None)
        self.merges += 1
        self.index.finish(str(self.merges), partial.noted(part, resolved))
        if part.is_more:
            told |= self.merge(world)[1]
        return part, told

    @property
    def graphs(self):
        return set(graph(self.store, merged_graph(BASE))), set(graph(self.store, authority_graph(BASE)))


def whole(world, ledger):
    """Return the graphs of a world by merging everything, and the ledger afterwards."""
    sources = [one.records for one in world]
    resolved = resolve(sources, CURATED, ledger)
    voices = set().union(*voices_rdf.pieces(resolved, BASE))
    return (merge(resolved, sources, BASE), voices), ledger.with_entries([resolved.entries])


@st.composite
def histories(draw):
    """Worlds, each of which differs from the one before in one source: another text, gone, or new."""
    world = draw(worlds(most=6))
    days = [world]
    for day in range(1, draw(st.integers(1, 4)) + 1):
        number = draw(st.integers(0, 6))
        kept = [one for one in days[-1] if one.state.source.id != f"s{number}"]
        changed = draw(origins(number)) if draw(st.booleans()) or len(kept) == len(days[-1]) else None
        days.append(kept + ([later(changed, day)] if changed else []))
    return days


def later(one, days):
    """Return an origin that was accepted that many days later."""
    at = one.state.accepted_at + timedelta(days=days)
    return Origin(replace(one.state, accepted_at=at, accepted_record=f"2026/02/{days:09}-x.warc.gz"), one.triples)


@many
@given(histories())
def test_a_part_is_merged_as_everything_is(days):
    registry = Registry()
    for world in days:
        expected, ledger = whole(world, registry.ledger.whole())
        before = registry.graphs[0]
        _, told = registry.merge(world)
        assert registry.graphs == expected
        assert registry.ledger.whole() == ledger
        assert told == {triple.subject.value for triple in before ^ expected[0]}


@many
@given(histories())
def test_many_changes_are_merged_a_few_at_a_time(days):
    registry = Registry(enough=1)
    for world in days:
        registry.merge(world)
        assert registry.graphs == whole(world, registry.ledger.whole())[0]


class Mortal(EmbeddedStore):
    """A store whose process dies at an update, after so many others."""

    left = 0

    def update(self, text, new=NOTHING):
        self.left -= 1
        if self.left < 0:
            raise Died
        super().update(text, new)


class Died(Exception):
    """The process is gone."""


@many
@given(histories(), st.integers(0, 4), st.integers(0, 3))
def test_after_a_merge_that_did_not_end_everything_is_merged(days, place, updates):
    registry = Registry(Mortal())
    for number, world in enumerate(days):
        registry.store.left = updates if number == place else 1_000_000
        with suppress(Died):
            registry.merge(world)
    registry.store.left = 1_000_000
    registry.merge(days[-1])
    assert registry.graphs == whole(days[-1], registry.ledger.whole())[0]


def plain(number, *facts):
    """Return an office of a host of its own, with one policy there."""
    host = f"http://office{number}.example"
    return origin(number, f"{host}/.well-known/ospo-meta", [office(host, **dict(facts))], [policy(f"{host}/law")])


def test_of_many_offices_only_what_is_bound_to_the_change_is_read():
    registry = Registry()
    world = [plain(number) for number in range(30)]
    world.append(origin(30, "http://list.example/a.yaml", [office(f"http://office{n}.example") for n in (3, 4)]))
    registry.merge(world)
    registry.described.clear()
    world[3] = later(plain(3, ("name", "Other")), 1)
    part, told = registry.merge(world)
    assert sorted(registry.described) == ["s3", "s30"]
    assert [len(source.offices) for source in part.sources] == [1, 1]  # of the list, the one office alone
    own = f"{BASE}/id/policy/open-source-policy--3"
    assert told == {f"{BASE}/id/office/office3-example", own, f"{own}#use-present-1"}
    assert registry.graphs == whole(world, registry.ledger.whole())[0]


def test_policies_of_one_host_without_an_office_there_are_not_bound():
    registry = Registry()
    world = [
        origin(n, f"http://o{n}.example/.well-known/ospo-meta", [office(f"http://o{n}.example")], [policy(f"http://law.example/{n}")])
        for n in range(5)
    ]  # fmt: skip
    registry.merge(world)
    registry.described.clear()
    world[2] = later(world[2], 1)
    registry.merge(world)
    assert registry.described == ["s2"]
    speaker = origin(7, "http://law.example/.well-known/ospo-meta", [office("http://law.example")])
    registry.described.clear()
    registry.merge([*world, speaker])
    assert sorted(registry.described) == ["s0", "s1", "s2", "s3", "s4", "s7"]
    assert registry.graphs == whole([*world, speaker], registry.ledger.whole())[0]


def test_the_labels_of_a_country_stay_as_long_as_something_names_it():
    registry = Registry()
    both = [plain(1, ("country", "DE")), plain(2)]
    registry.merge(both)
    for world in ([plain(2)], both, [plain(1, ("country", "DE"))], []):
        registry.merge(world)
        assert registry.graphs == whole(world, registry.ledger.whole())[0]


def test_an_index_that_is_damaged_or_of_another_merge_is_made_anew(tmp_path, caplog):
    path = tmp_path / "index"
    registry = Registry(index=MergeIndex(str(path)))
    registry.merge([plain(1), plain(2)])
    assert registry.index.begin("another") is False
    assert registry.index.marks() == {}
    registry.index.close()
    path.write_bytes(b"no database at all" * 1000)
    registry.index = MergeIndex(str(path))
    assert "is made anew" in caplog.text
    world = [plain(1), plain(3)]
    registry.merge(world)
    assert registry.graphs == whole(world, registry.ledger.whole())[0]
    assert set(registry.index.marks()) == {"s1", "s3"}
