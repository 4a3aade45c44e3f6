"""A correction in words: the act that it is about, and each field with the values that it had and has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.readmodel.comparison.filters import NO_FILTERS, Filters
from registry.readmodel.corrections import Correction, corrections
from registry.readmodel.values import Policy, Text, one_text
from registry.sources.bundled import source_id
from registry.vocabulary.context import key_definition, scheme_of
from registry.web import request_context
from registry.web.text import wording
from registry.web.text.language import language, sentence

PATH = "/corrections"
# What was read for a change, and how sure it is, as the log has them → in words.
READ_WITH = {
    "official text": "the official text",
    "copy of the official text": "a copy of the official text",
    "copy of a page": "a copy of a page",
    "our own record; nothing new was read": "our own record; nothing new was read",
}
CONFIDENCE = {"high": "high", "medium": "medium", "low": "low"}
# Fields that are of the log, not of a description file, or need a plainer name → their name.
_FIELDS = {"cell": "Cell", "policy": "Policy", "text": "What it says", "url": "Page"}


@dataclass(frozen=True, slots=True)
class ChangedField:
    """A field by its name on pages, and its values before and after, in words; `is_link`: they are addresses."""

    name: str
    old: Sequence[Text]
    new: Sequence[Text]
    is_link: bool


def changed_fields(item: Correction) -> list[ChangedField]:
    """Return the fields of an entry in words."""
    return [
        ChangedField(
            _name(change.field, item),
            [_value(change.field, value) for value in change.old],
            [_value(change.field, value) for value in change.new],
            change.field in ("url", "copy_of"),
        )
        for change in item.fields
    ]


def _name(field: str, item: Correction) -> str:
    if field in _FIELDS:
        return sentence(_FIELDS[field])
    definition = key_definition(field, "PolicyStatement" if item.stage else "FlossPolicy")
    return wording.property_name(definition.iri) if definition else field


def _value(field: str, value: Text) -> Text:
    if field == "cell" and "/" in value.value:
        activity, _, stage = value.value.partition("/")
        return Text(cell_name(activity, stage))
    if field == "country":
        return Text(request_context.country_name(value.value))
    scheme = scheme_of(field)
    return Text(wording.label(scheme, value.value)) if scheme else value


def cell_name(activity: str, stage: str) -> str:
    """Return a cell in words, "" for none."""
    return f"{wording.label('activity', activity)} – {wording.label('stage', stage)}" if stage else ""


def headline(item: Correction) -> str:
    """Return an entry as one sentence, like those of the changes of sources."""
    title = f"{wording.shorten(title_of(item).value)} ({request_context.country_name(item.country)})"
    kind = wording.label("change-kind", item.kind)
    if item.stage:
        cell = cell_name(item.activity, item.stage)
        return sentence("%(kind)s: statement on %(cell)s in %(title)s", kind=kind, cell=cell, title=title)
    return sentence("%(kind)s: policy %(title)s", kind=kind, title=title)


def summary(item: Correction) -> str:
    """Return the fields of an entry in one line, such as "Force: Required → Permitted"."""
    return "; ".join(f"{each.name}: {_joined(each.old)} → {_joined(each.new)}" for each in changed_fields(item))


def _joined(values: Sequence[Text]) -> str:
    return ", ".join(wording.shorten(value.value) for value in values) or "–"


def policy_of(item: Correction) -> Policy | None:
    """Return the policy that an entry is about, None where the bundled source does not tell of it any more."""
    policy = request_context.catalogue().policy(item.policy)
    return policy if policy and source_id(item.country) in policy.sources else None


def title_of(item: Correction) -> Text:
    """Return the title of the act of an entry: that of its page here, else that in the log, else its identifier."""
    if policy := policy_of(item):
        return policy.title(language())
    titles = [value for change in item.fields if change.field == "title" for value in change.new or change.old]
    return one_text(titles, language()) if titles else Text(item.policy)


def count_of_country(code: str) -> int:
    """Return how many corrections there are of a country, 0 where its bundled source is not read here."""
    is_read = request_context.catalogue().source(source_id(code)) is not None
    return len(corrections(Filters({"country": frozenset({code})}))) if is_read else 0


def count_of_policy(policy: Policy) -> int:
    """Return how many corrections there are of a policy, 0 where no bundled source tells of it here."""
    return len(corrections(NO_FILTERS, policy.slug)) if source_id(policy.country) in policy.sources else 0
