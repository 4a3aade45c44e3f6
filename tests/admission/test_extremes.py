"""No state and no fetch is so strange that its admission fails: counts without end, the first and the last day."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from registry.admission.admit import admit, admit_failure, set_aside
from registry.admission.update import update
from registry.errors import ReadingError, WorkerError
from registry.model import Fetch, Layer, Outcome, Source, SourceKind, SourceState, Step, Verification
from registry.settings import Settings
from registry.sources.state_rdf import states
from registry.store.embedded import EmbeddedStore
from tests.support import merged

BASE = "https://atlas.example"
KNOWN = Settings(base=BASE, data="nowhere")
MOMENTS = st.datetimes(timezones=st.just(UTC), allow_imaginary=False).map(lambda at: at.replace(microsecond=0))
EDGES = st.sampled_from([datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)]) | MOMENTS
COUNTS = st.sampled_from([0, 1, 2, 1_024, 1_025, 10**9])
TEXTS = st.text(max_size=20)
BODIES = st.sampled_from(
    [b"", b"url: https://a.example\nname: A\ncountry: FR\n", b"url: [", b"\xff", b"url: a\ncountry: X\n"]
)


@st.composite
def sources(draw):
    kind = draw(st.sampled_from([SourceKind.DESCRIPTION, SourceKind.LIST, SourceKind.REGISTRY]))
    return Source("s", "https://a.example/x", kind, draw(st.sampled_from(Layer)), peer=draw(st.sampled_from(["", "p"])))


@st.composite
def known(draw, source):
    accepted = draw(st.none() | EDGES)
    fact = Verification("listed", draw(COUNTS), draw(EDGES), draw(EDGES))
    return SourceState(
        source,
        draw(EDGES),
        draw(EDGES),
        draw(st.sampled_from(Outcome)),
        draw(EDGES),
        verdict=draw(st.none() | st.sampled_from([Outcome.ACCEPTED, Outcome.REJECTED, Outcome.HELD])),
        reason=draw(TEXTS),
        last_verified=draw(st.none() | EDGES),
        last_change=draw(st.none() | EDGES),
        failing_since=draw(st.none() | EDGES),
        gone_since=draw(st.none() | EDGES),
        failures=draw(COUNTS),
        archived=draw(st.booleans()),
        accepted_at=accepted,
        accepted_address="https://a.example/x" if accepted else "",
        copied_from=draw(st.sampled_from(["", "p"])),
        offices=draw(COUNTS),
        policies=draw(COUNTS),
        events=draw(COUNTS),
        revision=draw(COUNTS),
        verifications=(fact,),
    )


@st.composite
def fetches(draw, source):
    failures = [outcome for outcome in Outcome if outcome not in (Outcome.ACCEPTED, Outcome.HELD, Outcome.REJECTED)]
    outcome = draw(st.none() | st.sampled_from(failures))
    return Fetch(
        source,
        draw(EDGES),
        "https://a.example/x",
        draw(st.none() | st.integers(0, 999)),
        (("content-type", draw(TEXTS)), ("etag", draw(TEXTS)), ("memento-datetime", draw(TEXTS))),
        draw(BODIES) if outcome is None else b"",
        outcome,
        draw(TEXTS),
        draw(st.none() | st.sampled_from([0.0, 1e300, -1.0, 1e9])),
        (Step("https://a.example/x", draw(TEXTS), 200),),
        confirmed=draw(st.booleans()),
        moved=draw(st.booleans()),
    )


def read(body, **asked):
    if body == b"\xff":
        raise WorkerError("it took too long")
    if body == b"url: [":
        raise ReadingError("no", 1, 1)
    return merged.read(body, **asked)


@st.composite
def admissions(draw):
    source = draw(sources())
    return draw(st.none() | known(source)), draw(fetches(source))


@settings(max_examples=150, deadline=None)
@given(admissions(), st.sampled_from(["admit", "failure", "aside"]))
def test_every_fetch_is_admitted_whatever_was_known_and_the_store_gives_the_state_back(case, way):
    before, fetch = case
    if way == "admit":
        found = admit(fetch, before, "r", served=set(), read=read, settings=KNOWN, revision=7)
    elif way == "failure":
        found = admit_failure(fetch, before, "r", "internal error", settings=KNOWN, revision=7)
    else:
        found = set_aside(fetch, before, "r", "internal error", BASE)
    store = EmbeddedStore()
    store.update(*update([replace(found, removed=set())], BASE, 7, "r"))
    if before is None:
        (state,) = states(store, BASE)
        assert state == found.state
    if way != "admit" and before is not None:
        kept = ("accepted_at", "failures", "failing_since", "gone_since", "archived", "last_verified", "offices")
        assert [getattr(found.state, name) for name in kept] == [getattr(before, name) for name in kept]
