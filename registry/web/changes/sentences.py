"""A change in words: what happened, what is different, and when."""

from __future__ import annotations

from datetime import UTC, datetime

from registry.iri.names import OSPO
from registry.readmodel.changes.changes import ChangeEntry
from registry.web import request_context
from registry.web.text import wording
from registry.web.text.language import language, sentence

_STANCE = {OSPO + name for name in ("force", "coverage")}  # shown as "was …, is now …", not by the property's name


def headline(entry: ChangeEntry) -> str:
    """Return an entry as one sentence, for example "Added: office Digital Directorate (France)"."""
    if not entry.kind:
        return _of_event(entry)
    country = request_context.country_name(entry.country)
    name = wording.shorten(entry.title(language()).value)
    title = f"{name} ({country})" if country else name
    kind = wording.label("change-kind", entry.kind)
    if entry.thing == "statement":
        cell = f"{wording.label('activity', entry.activity)} – {wording.label('stage', entry.stage)}"
        return sentence("%(kind)s: statement on %(cell)s in %(title)s", kind=kind, cell=cell, title=title)
    if entry.thing == "office":
        return sentence("%(kind)s: office %(title)s", kind=kind, title=title)
    return sentence("%(kind)s: policy %(title)s", kind=kind, title=title)


def _of_event(entry: ChangeEntry) -> str:
    """Return the sentence of an event without changes."""
    if entry.counts:
        offices, policies, statements = entry.counts
        return sentence(
            "First reading. Offices: %(offices)s, policies: %(policies)s, statements: %(statements)s",
            offices=offices,
            policies=policies,
            statements=statements,
        )
    if entry.total == 0:
        return sentence("Read again: no office, policy or statement is different")
    outcome = wording.label("outcome", entry.outcome)
    if entry.archived:
        return sentence("%(outcome)s for longer than the grace period: removed from the merged view", outcome=outcome)
    return outcome


def difference(entry: ChangeEntry) -> str:
    """Return the force or coverage of a statement before and after, and the names of all other differing properties.

    For an added or removed statement it is the one force or coverage that it has or had. The result may be "".
    """
    before, after = (wording.word(key) if key else "" for key in (entry.before, entry.after))
    properties = list(entry.properties)
    parts = [before or after]
    if entry.kind == "changed":
        parts = []
        if before != after:
            parts = [sentence("was: %(before)s, is now: %(after)s", before=before or "–", after=after or "–")]
            properties = [iri for iri in properties if iri not in _STANCE]
    if properties:
        parts.append(sentence("different: %(names)s", names=", ".join(map(_property, properties))))
    return "; ".join(filter(None, parts))


def _property(iri: str) -> str:
    return wording.shorten(wording.property_name(iri))


def moment(when: datetime) -> str:
    """Return a moment in ISO 8601, in UTC with a final Z, as data and feeds need it."""
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z")
