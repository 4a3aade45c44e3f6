"""Any sequence of readings is admitted without an exception, and the archive alone makes the same store of it."""

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.archive import Archive
from registry.model import Fetch, Layer, Outcome, Source, SourceKind
from registry.settings import Settings
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import digest
from registry.writer import Writer
from tests.support import merged

BASE = "https://atlas.example"
START = datetime(2026, 1, 1, tzinfo=UTC)
SOURCES = (
    Source("own", "https://a.example/.well-known/ospo-meta"),
    Source("evil", "https://evil.example/ospo.yaml"),
    Source("list", "https://list.example/all.yaml", SourceKind.LIST, rank=10),
    Source("learned", "https://l.example/all.yaml", SourceKind.LIST, peer="list"),
    Source("compiled", "https://c.example/fr.yaml", layer=Layer.COMPILED, rank=1000),
)
OFFICE = "url: https://a.example\nname: A\ncountry: FR\nemail: a@a.example\npolicies:\n  - {%s}\n"
POLICY = "title: Open source policy, url: %s, country: FR, instrument: guideline, status: in-force"
BODIES = (
    OFFICE % (POLICY % "https://a.example/policy"),
    OFFICE % (POLICY % "https://law.example/1"),
    "url: https://evil.example\nname: Evil\ncountry: FR\naliases: [https://a.example]\npolicies:\n  - {"
    + POLICY % "https://a.example/policy"
    + ", id: open-source-policy-7060f271}\n",
    "https://a.example:\n  name: Listed\n  country: FR\nhttps://b.example:\n  name: B\n  country: DE\n",
    "https://a.example:\n  name: Listed\n  country: Atlantis\nhttps://b.example:\n  name: B again\n  country: DE\n",
    "policies:\n  - {" + POLICY % "https://law.example/1" + "}\n  - {" + POLICY % "https://law.example/2" + "}\n",
    "url: [",
    "<html>parked</html>",
    "nothing: here\n",
)
FAILURES = (Outcome.UNREACHABLE, Outcome.GONE, Outcome.REFUSED, Outcome.UNCHANGED, Outcome.WITHDRAWN)


@st.composite
def readings(draw):
    """A reading of one of the sources: a body from anywhere, or a failure; after hours, days or weeks; or a merge."""
    if draw(st.integers(0, 4)) == 0:
        return "merge"
    source, wait = draw(st.sampled_from(SOURCES)), draw(st.sampled_from([1, 30, 24 * 8, 24 * 40]))
    address = draw(st.sampled_from([source.url, source.url, "https://evil.example/moved.yaml"]))
    if draw(st.booleans()):
        return source, wait, address, draw(st.sampled_from(BODIES)), None
    return source, wait, address, "", draw(st.sampled_from(FAILURES))


def play(writer, steps):
    at = START
    for step in steps:
        if step == "merge":
            writer.merge()
            continue
        source, wait, address, body, outcome = step
        at += timedelta(hours=wait)
        status = {None: 200, Outcome.UNCHANGED: 304, Outcome.GONE: 404}.get(outcome)
        reason = "" if outcome in (None, Outcome.UNCHANGED) else f"{outcome}."
        state = writer.admit(
            Fetch(source, at, address, status, (("content-type", "text/yaml"),), body.encode(), outcome, reason)
        )
        assert state.outcome is not Outcome.INTERNAL
    writer.merge()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(readings(), min_size=1, max_size=14))
def test_any_sequence_of_readings_is_admitted_and_replays_to_the_same_store(tmp_path_factory, steps):
    folder, store, again = tmp_path_factory.mktemp("archive"), EmbeddedStore(), EmbeddedStore()
    play(Writer(store, Archive(folder), merged.read, Settings(base=BASE)), steps)
    replayed = Writer(again, Archive(folder), merged.read, Settings(base=BASE))
    replayed.replay()
    replayed.merge()
    assert digest(again) == digest(store)
    reopened = Writer(store, Archive(folder), merged.read, Settings(base=BASE))
    assert reopened.catch_up() == 0
    assert not reopened.merge()
