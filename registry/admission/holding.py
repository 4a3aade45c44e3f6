"""Whether a new version of a source is held: accepted as it is, it would take much away at once; pure.

What is held is not served; what was served stays, until the operator confirms the new version, or until it was held
for `hold_days` and is still so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from pyoxigraph import Triple

from registry.authority.claims import Records, records
from registry.authority.identity import is_by_node, policy_keys
from registry.iri.addresses import home, host
from registry.model import Fetch, SourceState
from registry.reasons.reasons import reason
from registry.settings import Settings
from registry.sources.schedule import shifted

HELD_FROM_THINGS = 4  # a source with fewer offices and policies than this is never held for its shrinking
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
    before = records(state, served)
    after = records(replace(state, accepted_address=fetch.final_url, named_by=fetch.named_by), new)
    why = _shrinks(before, after)
    if not why and not is_new_address and _is_elsewhere(fetch, state):
        why = _falls_silent(fetch, before, after) or _names_few(fetch, before, after)
    return reason("held", why=why, source=fetch.source.id, day=f"{ends:%Y-%m-%d}") if why else ""


def _shrinks(before: Records, after: Records) -> str:
    """Return that fewer than half of the offices and policies that are served are left, or "".

    Others in their place do not count: whoever wrote another address by mistake has taken all away.
    """
    served, left = _things(before), set().union(*_things(after))
    kept = sum(not left.isdisjoint(keys) for keys in served) + min(_unnamed(before), _unnamed(after))
    number = len(before.offices) + len(before.policies)
    if number < HELD_FROM_THINGS or 2 * kept >= number:
        return ""
    return reason("held-shrinks", shown=kept, total=number)


def _things(of: Records) -> list[set[str]]:
    """Return by what each office, and each policy that has a name, is known."""
    named = [set(keys) for keys in policy_keys(of).values() if not is_by_node(keys)]
    return [{f"office {office.home}"} for office in of.offices] + named


def _unnamed(of: Records) -> int:
    """Return how many policies have no name: their nodes tell where they stand in the file, and move with each line."""
    return sum(map(is_by_node, policy_keys(of).values()))


def _falls_silent(fetch: Fetch, before: Records, after: Records) -> str:
    """Return for which offices a source would speak no more, or ""."""
    speaking = {office.home for office in after.offices if office.authority}
    lost = [office.homepage for office in before.offices if office.authority and office.home not in speaking]
    if not lost:
        return ""
    if len(lost) == 1:
        return reason("held-silent", url=fetch.final_url, office=lost[0])
    return reason("held-silent-of-several", url=fetch.final_url, office=lost[0], count=len(lost) - 1)


def _is_elsewhere(fetch: Fetch, state: SourceState) -> bool:
    """Return whether the file is not where it was: on another host, behind a redirect, or named by another page."""
    if host(fetch.final_url) != host(state.accepted_address) or fetch.named_by != state.named_by:
        return True
    is_redirected = len(fetch.steps) > 1 and fetch.steps[-2].status in _REDIRECTS
    return is_redirected and home(fetch.final_url) != home(state.accepted_address)


def _names_few(fetch: Fetch, before: Records, after: Records) -> str:
    """Return how few offices of a list it would still name, or ""."""
    offices = {office.home for office in before.offices}
    kept = offices & {office.home for office in after.offices}
    if len(before.offices) >= HELD_FROM_THINGS and 2 * len(kept) < len(before.offices):
        return reason("held-names-few", url=fetch.final_url, shown=len(kept), total=len(before.offices))
    return ""
