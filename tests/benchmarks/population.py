"""A registry as large as one may become, made by the real path: lists, each of one country, admitted and merged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from registry.archive import Archive
from registry.merging.merge_index import MergeIndex
from registry.model import Description, Fetch, Layer, Outcome, Report, Source
from registry.operations.writing import merge_and_publish
from registry.reading.describe import describe
from registry.readmodel.comparison.roll_up import CELLS
from registry.settings import Settings
from registry.store.open import open_store
from registry.vocabulary import concepts
from registry.vocabulary.jurisdictions import jurisdictions as all_jurisdictions
from registry.writer import Writer

_AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
_FORCES = [force.code for force in concepts.concepts("force")]
_OFFICE = """  - url: https://office{number}.example/
    name: {{en: Open Source Programme Office {number}}}
    country: {code}
    level: regional
    description: {{en: Advises the administrations of its region on free software and publishes what they write.}}
    email: office{number}@office{number}.example
    created: 2021-11-08
"""
_POLICY = """  - id: policy-{number}
    title: {{en: Strategy for free software {number}}}
    url: https://law.example/{number}
    issuer: Ministry of Digital Affairs
    country: {code}
    level: central
    instrument: strategy
    status: in-force
    issued: 2018-02-15
    evidence: [https://law.example/{number}]
    checked: primary
    matrix:
"""
_STATEMENT = """      {activity}:
        {stage}: {{force: {force}, provision: art. 3, binds: [central], text: {{en: New code is to be published.}}}}
"""


def populate(settings: Settings, offices: int, policies: int, jurisdictions: int, lists: int | None = None) -> None:
    """Fill the store of the settings with so many offices and policies (each with two statements).

    They are in so many lists, or in one for each jurisdiction.
    """
    count = lists or jurisdictions
    with _writer(settings) as writer:
        for number in range(count):
            writer.admit(_list(number, offices, policies, jurisdictions, count))


def reworded(number: int, offices: int, policies: int, jurisdictions: int, lists: int) -> Fetch:
    """Return the list of that number as `populate` made it, but with other words in each office."""
    before = _list(number, offices, policies, jurisdictions, lists)
    return replace(before, body=before.body.replace(b"Advises", b"Counsels"))


def _list(number: int, offices: int, policies: int, jurisdictions: int, lists: int) -> Fetch:
    places = [place.code for place in all_jurisdictions()[:jurisdictions]]
    own = (range(number, total, lists) for total in (offices, policies))
    turn, place = divmod(number, len(places))
    name = places[place] + (f"-{turn}" if turn else "")
    return _fetch(name, 200, _document(places[place], *own))


def renew(settings: Settings) -> None:
    """Make a new revision: a source was read again and has not changed."""
    with _writer(settings) as writer:
        writer.admit(_fetch(all_jurisdictions()[0].code, 304, outcome=Outcome.UNCHANGED))


def changed(settings: Settings, number: int, share: int = 50) -> Fetch:
    """Return another version of one list, as small as those of a registry of many: with other words in each office."""
    place = all_jurisdictions()[number].code
    offices = range(number, share * 200, 200)
    body = _document(place, offices, range(number, 10 * 200, 200)).replace(b"Advises", b"Counsels")
    return _fetch(place, 200, body)


@contextmanager
def _writer(settings: Settings) -> Iterator[Writer]:
    with opened(settings) as writer:
        yield writer
        merge_and_publish(writer, settings)


@contextmanager
def opened(settings: Settings) -> Iterator[Writer]:
    """Give the writer of the store of the settings, with its index of the last merge."""
    Path(settings.data).mkdir(parents=True, exist_ok=True)
    store = open_store(settings)
    try:
        with MergeIndex(str(Path(settings.data) / "merge-index.sqlite")) as index:
            yield Writer(store, Archive(Path(settings.data) / "archive"), unvalidated, settings, index)
    finally:
        store.close()


def _fetch(name: str, status: int, body: bytes = b"", outcome: Outcome | None = None) -> Fetch:
    url = f"https://list.example/{name}.yaml"
    source = Source(f"compiled-{name.lower()}", url, layer=Layer.COMPILED, rank=1000)
    return Fetch(source, _AT, url, status, (("content-type", "text/yaml"),), body, outcome)


def unvalidated(body: bytes, **asked: str) -> tuple[Description, Report]:
    """Read without validating: what stands here is valid, and the findings are not looked at."""
    return describe(body, **asked), Report()


def _document(code: str, offices: range, policies: range) -> bytes:
    parts = ["offices:\n", *(_OFFICE.format(number=number, code=code) for number in offices)]
    parts += ["policies:\n", *(part for number in policies for part in _policy(number, code))]
    return "".join(parts).encode()


def _policy(number: int, code: str) -> Iterator[str]:
    yield _POLICY.format(number=number, code=code)
    for place in (number, number + 4):  # four cells further is another activity, since an activity has three stages
        activity, stage = CELLS[place % len(CELLS)]
        yield _STATEMENT.format(activity=activity, stage=stage, force=_FORCES[number % len(_FORCES)])
