"""A change in words: what happened to what, what is different, and when."""

from __future__ import annotations

from datetime import UTC, datetime

from registry.iri.names import OSPO
from registry.readmodel.changes.changes import ChangeEntry
from registry.readmodel.values import Property
from registry.vocabulary import concepts
from registry.web import request_context
from registry.web.text import wording
from registry.web.text.language import language, sentence

_STANCE = {OSPO + name for name in ("force", "coverage")}  # shown as what it was and is


def headline(entry: ChangeEntry) -> str:
    """Return what an entry says, in one sentence."""
    if not entry.kind:
        return _of_event(entry)
    place = request_context.name(entry.country)
    title = f"{wording.shorten(entry.title.value)} ({place})" if place else wording.shorten(entry.title.value)
    kind = wording.label("change-kind", entry.kind)
    if entry.thing == "statement":
        cell = f"{wording.label('activity', entry.activity)} – {wording.label('stage', entry.stage)}"
        return sentence("%(kind)s: statement on %(cell)s in %(title)s", kind=kind, cell=cell, title=title)
    if entry.thing == "office":
        return sentence("%(kind)s: office %(title)s", kind=kind, title=title)
    return sentence("%(kind)s: policy %(title)s", kind=kind, title=title)


def _of_event(entry: ChangeEntry) -> str:
    if entry.counts:
        offices, policies, statements = entry.counts
        return sentence(
            "First read: %(offices)s offices, %(policies)s policies, %(statements)s statements",
            offices=offices,
            policies=policies,
            statements=statements,
        )
    if entry.total == 0:
        return sentence("Read again: no office, policy or statement is different")
    outcome = wording.label("outcome", entry.outcome)
    if entry.archived:
        return sentence("%(outcome)s for longer than its grace: it has left the merged view", outcome=outcome)
    return outcome


def difference(entry: ChangeEntry) -> str:
    """Return what a statement said and says now, and which other properties of the thing are different."""
    before, after = (wording.word(key) if key else "" for key in (entry.before, entry.after))
    said = [before or after]
    told: set[str] = set()
    if entry.kind == "changed":
        moved = sentence("was: %(before)s, is now: %(after)s", before=before or "–", after=after or "–")
        said, told = ([], set()) if before == after else ([moved], _STANCE)
    names = [_property(iri) for iri in entry.properties if iri not in told]
    said += [sentence("different: %(names)s", names=", ".join(names))] if names else []
    return "; ".join(filter(None, said))


def _property(iri: str) -> str:
    found = Property(iri, concepts.label(iri, language()), (), False)
    return wording.shorten(wording.property_name(found))


def moment(when: datetime) -> str:
    """Return a moment as data have it: ISO 8601, in UTC."""
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z")
