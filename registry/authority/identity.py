"""Which records speak of one office or policy, and what that is called (design: section 8, rules 3 and 4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from registry.authority.claims import ALIAS, COUNTRY, HOME, IDENTIFIER, PAGE, POLICY, TITLE, Key, Record, Records
from registry.iri.addresses import home, host, short_hash, slug
from registry.vocabulary import jurisdictions

Group = list[Record]  # of one thing, the best rank first


def office_groups(records: Iterable[Record], aliases: Mapping[str, str]) -> list[Group]:
    """Group records of one office (rule 4): equal home pages, an alias on the office's own host, or the curated list.

    `aliases` is that list: normalised home page → normalised home page of the same office.
    """
    everything = list(records)
    same = dict(aliases)
    for record in everything:
        for value in record.properties.get(ALIAS, ()):
            # Authority reaches no further than one's own host: nobody can alias away somebody else's office (rule 3).
            if record.authority and host(value.value) == host(record.first(HOME)):
                same.setdefault(home(value.value), record.home)
    return _grouped((_resolved(record.home, same), record) for record in everything)


def policy_groups(sources: Iterable[Records]) -> list[Group]:
    """Group records of one policy: the same page and country, where each source tells of that page only once."""
    return _grouped((key, record) for source in sources for key, record in _policy_keys(source))


def names(groups: Iterable[Group], prefix: str, wanted: Callable[[Group], str]) -> dict[Key, str]:
    """Return record → IRI of the thing: `prefix` and a readable name, whatever the order of reading."""
    rivals: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        rivals[wanted(group)].append(group)
    found: dict[Key, str] = {}
    for name, claimants in rivals.items():
        # Who has been known longest keeps the plain name: a newcomer cannot take it over.
        for number, group in enumerate(sorted(claimants, key=_seniority)):
            ending = f"-{short_hash(group[0].home or group[0].iri)}" if number else ""
            found |= {record.key: f"{prefix}{name}{ending}" for record in group}
    return found


def families(members: Iterable[str], bonds: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return the members in groups that no bond leaves; a bond to nobody of them joins those who share it."""
    leader: dict[str, str] = {}

    def led_by(name: str) -> str:
        while (above := leader.get(name, name)) != name:
            leader[name] = leader.get(above, above)  # shorter for the next one
            name = above
        return name

    for one, other in bonds:
        leader[led_by(one)] = led_by(other)
    found: dict[str, list[str]] = defaultdict(list)
    for member in members:
        found[led_by(member)].append(member)
    return list(found.values())


def office_name(group: Group) -> str:
    """Return the wanted name of an office: its host and the last part of its path."""
    first, _, rest = group[0].home.partition("/")
    return slug(f"{first} {rest.rpartition('/')[2]}")


def policy_name(group: Group) -> str:
    """Return the wanted name of a policy: the identifier its source gives it, or its title."""
    eldest = sorted(group, key=lambda record: (record.state.added, record.rank))
    local = next((record.first(IDENTIFIER) for record in eldest if record.first(IDENTIFIER)), "")
    return slug(local or group[0].first(TITLE) or group[0].first(PAGE) or group[0].iri)


def _grouped(keyed: Iterable[tuple[str, Record]]) -> list[Group]:
    groups: dict[str, Group] = defaultdict(list)
    for key, record in keyed:
        groups[key].append(record)
    return [sorted(groups[key], key=lambda record: record.rank) for key in sorted(groups)]


def _resolved(key: str, same: Mapping[str, str]) -> str:
    seen = {key}
    while key in same and same[key] not in seen:
        key = same[key]
        seen.add(key)
    return key


def _policy_keys(source: Records) -> Iterable[tuple[str, Record]]:
    countries = {key: office.first(COUNTRY) for office in source.offices for key in office.links(POLICY)}
    pages = [home(record.first(PAGE)) if record.first(PAGE) else "" for record in source.policies]
    for record, page in zip(source.policies, pages, strict=True):
        code = jurisdictions.country_code(record.first(COUNTRY) or countries.get(record.key, ""))
        shared = page and pages.count(page) == 1
        yield f"{code} {page}" if shared else " ".join(record.key), record


def _seniority(group: Group) -> tuple[object, ...]:
    return min((record.state.added, record.rank) for record in group)
