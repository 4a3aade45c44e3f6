"""What a data set of others reports of a country: a section of the country's page, and a download of its own.

Nobody read these policies for the nine questions, so the comparison and its downloads know nothing of them. They stand
apart, with whose they are and under which licence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort

from registry.model import Source
from registry.reading.table import dataset
from registry.readmodel.values import Policy, Statement
from registry.web.data.linked import with_licence
from registry.web.data.tables import SUFFIXES, table_file
from registry.web.data.text_columns import text_columns
from registry.web.made_files import made
from registry.web.request_context import catalogue
from registry.web.text.language import language, sentence
from registry.web.text.wording import chosen

blueprint = Blueprint("reported", __name__)

COLUMNS = (
    "country",
    "level",
    "issuer",
    "title",
    "issued",
    "instrument",
    "status",
    "objective",
    "own_word",
    "text",
    "remark",
    "policy",
    "source",
    "attribution",
    "licence",
    "title_language",
    "text_language",
    "remark_language",
)


@dataclass(frozen=True, slots=True)
class Reports:
    """What one source reports, the eldest first and what has no date last.

    `facts` are those of its data set (`registry.reading.table.dataset`), none for a source that is no table.
    """

    source: Source
    facts: Mapping[str, str]
    statements: Sequence[Statement]

    @property
    def name(self) -> str:
        """What to call the source in a sentence."""
        return self.facts.get("name", "") or self.source.title or self.source.id


def reports_on(country: str) -> list[Reports]:
    """Return what sources report of a country, by the identifier of the source."""
    by_source: dict[str, list[Statement]] = defaultdict(list)
    for item in catalogue().reported(country=country):
        by_source[item.source].append(item)
    states = [state for name in sorted(by_source) if (state := catalogue().source(name))]
    return [
        Reports(state.source, _facts(state.source), sorted(by_source[state.source.id], key=_order)) for state in states
    ]


def _facts(source: Source) -> Mapping[str, str]:
    return dataset(source.mapping) if source.mapping else {}


def _order(item: Statement) -> tuple[str, str]:
    return item.issued or "9", item.policy_title(language()).value.casefold()


@blueprint.get(f"/sources/<name>.<any({SUFFIXES}):suffix>")
@made
def reported_table(name: str, suffix: str) -> Any:
    """Answer with all that a source reports as a table for spreadsheets, under the licence of the source."""
    state, items = catalogue().source(name), catalogue().reported(source=name)
    if state is None or not items:
        abort(404, sentence("this source reports no policies: what it says is in the comparison and in its RDF"))
    policies = {policy.slug: policy for policy in catalogue().policies(source=name)}
    facts = _facts(state.source)
    records = [_record(item, policies[item.policy], facts, state.source) for item in items if item.policy in policies]
    response: Response = table_file(suffix, f"ospo-atlas-{name}", COLUMNS, records)
    return with_licence(response, state.source)


def _record(item: Statement, policy: Policy, facts: Mapping[str, str], source: Source) -> dict[str, str]:
    return {
        "country": item.country,
        "level": item.level,
        "issuer": item.issuer,
        **text_columns("title", [item.policy_title(language())]),
        "issued": item.issued,
        "instrument": item.instrument,
        "status": policy.status,
        "objective": " ".join(policy.objectives),
        "own_word": item.own_word,
        **text_columns("text", chosen(item.texts)),
        **text_columns("remark", chosen(item.remarks)),
        "policy": policy.iri,
        "source": facts.get("page", "") or source.url,
        "attribution": facts.get("citation", "") or source.title,
        "licence": source.licence,
    }
