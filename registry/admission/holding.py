"""Whether a new version of a source is held: accepted as it is, it would take much away at once; pure.

What is held is not served; what was served stays, until the operator confirms the new version, or until it was held
for `hold_days` and is still so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from pyoxigraph import Triple

from registry.authority.claims import records
from registry.iri.addresses import home, host
from registry.iri.names import RDF_TYPE, term
from registry.model import Fetch, SourceState
from registry.settings import Settings
from registry.sources.schedule import shifted

HELD_FROM_THINGS = 4  # a source with fewer offices and policies than this is never held for its shrinking
_THINGS = (term("ospo:Office"), term("ospo:FlossPolicy"))
_REDIRECTS = (301, 302, 303, 307, 308)


def reason_to_hold(
    fetch: Fetch,
    state: SourceState,
    served: Iterable[Triple],
    new: Iterable[Triple],
    settings: Settings,
    *,
    is_new_address: bool,
) -> str:
    """Return in words why this version is not served yet, or "".

    `state` is that before the version, `served` and `new` are the triples of what is served and of the version.
    `is_new_address`: the operator gave the source another address since, and so decided where it is.
    """
    if state.accepted_at is None or state.archived or fetch.confirmed or fetch.copied_from:
        return ""  # nothing is taken away, or the operator has decided
    ends = shifted(state.held_since or fetch.at, timedelta(days=settings.hold_days))
    if fetch.at >= ends:
        return ""
    why = _shrinks(state, new)
    if not why and not is_new_address and _is_elsewhere(fetch, state):
        why = _takes_away(fetch, state, served, new)
    until = f"the operator confirms with `ospo sources confirm {fetch.source.id}`, or until {ends:%Y-%m-%d}"
    return f"{why}: nothing is taken away until {until}" if why else ""


def _shrinks(state: SourceState, new: Iterable[Triple]) -> str:
    """Return that fewer than half of the offices and policies are left, or ""."""
    things = sum(triple.predicate == RDF_TYPE and triple.object in _THINGS for triple in new)
    served_things = state.offices + state.policies
    if served_things < HELD_FROM_THINGS or 2 * things >= served_things:
        return ""
    return f"it names {things} offices and policies, {served_things} were served"


def _is_elsewhere(fetch: Fetch, state: SourceState) -> bool:
    """Return whether the file is not where it was: on another host, behind a redirect, or named by another page."""
    if host(fetch.final_url) != host(state.accepted_address) or fetch.named_by != state.named_by:
        return True
    is_redirected = len(fetch.steps) > 1 and fetch.steps[-2].status in _REDIRECTS
    return is_redirected and home(fetch.final_url) != home(state.accepted_address)


def _takes_away(fetch: Fetch, state: SourceState, served: Iterable[Triple], new: Iterable[Triple]) -> str:
    """Return which office the source would not speak for any more, or how few of a list it would still name, or ""."""
    before = records(state, served).offices
    after = records(replace(state, accepted_address=fetch.final_url, named_by=fetch.named_by), new).offices
    speaking = {office.home for office in after if office.authority}
    lost = [office.homepage for office in before if office.authority and office.home not in speaking]
    if lost:
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        return f"it was read at {fetch.final_url}, where it does not speak for {lost[0]}{more} any more"
    kept = {office.home for office in before} & {office.home for office in after}
    if len(before) >= HELD_FROM_THINGS and 2 * len(kept) < len(before):
        return f"it was read at {fetch.final_url}, where it names {len(kept)} of the {len(before)} offices served"
    return ""
