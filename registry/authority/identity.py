"""Which records are of one office or one policy, and the IRI that it gets (design: section 8, rules 3 and 4)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping

from registry.authority.claims import ALIAS, COUNTRY, HOME, IDENTIFIER, PAGE, POLICY, TITLE, Key, Record, Records
from registry.iri.addresses import home, host, short_hash, slug
from registry.vocabulary import jurisdictions

Group = list[Record]  # the records of one thing, the best rank first; never empty


def office_groups(records: Iterable[Record], aliases: Mapping[str, str]) -> list[Group]:
    """Return the groups of records that are of one office: by home page, once aliases are followed (rule 4).

    An office may name aliases on its own host. `aliases` is the curated list of further ones: normalised home page →
    normalised home page of the same office.
    """
    every = list(records)
    same_office = dict(aliases)
    for record in every:
        for alias in record.properties.get(ALIAS, ()) if record.authority else ():
            # On its own host alone: nobody can claim the office of somebody else as an alias (rule 3).
            if host(alias.value) == host(record.first(HOME)):
                same_office.setdefault(home(alias.value), record.home)
    groups: dict[str, Group] = defaultdict(list)
    for record in every:
        page, followed = record.home, {record.home}
        while (other := same_office.get(page, page)) not in followed:
            page = other
            followed.add(page)
        groups[page].append(record)
    return _ranked(groups)


def policy_groups(sources: Iterable[Records]) -> list[Group]:
    """Return the groups of records that are of one policy: those with the same page and the same country.

    Where one source has several policies on a page, that page identifies none of them.
    """
    groups: dict[str, Group] = defaultdict(list)
    for source in sources:
        countries = {key: office.first(COUNTRY) for office in source.offices for key in office.links(POLICY)}
        pages = {record.iri: home(record.first(PAGE)) for record in source.policies if record.first(PAGE)}
        policies_on = Counter(pages.values())
        for record in source.policies:
            page = pages.get(record.iri, "")
            country = jurisdictions.country_code(record.first(COUNTRY) or countries.get(record.key, ""))
            key = f"{country} {page}" if page and policies_on[page] == 1 else " ".join(record.key)
            groups[key].append(record)
    return _ranked(groups)


def names(groups: Iterable[Group], iri: Callable[[str], str], preferred_name: Callable[[Group], str]) -> dict[Key, str]:
    """Return the IRI of the thing by the key of each of its records: `iri` makes it of a readable name.

    Of several things with the same preferred name, the one that has been known longest has it, so that no newcomer can
    take it over; the others add a hash. The order in which sources are read makes no difference.
    """
    rivals: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        rivals[preferred_name(group)].append(group)
    iris: dict[Key, str] = {}
    for name, claimants in rivals.items():
        claimants.sort(key=lambda group: min([(record.state.added, record.rank) for record in group]))
        for number, group in enumerate(claimants):
            ending = f"-{short_hash(group[0].home or group[0].iri)}" if number else ""
            for record in group:
                iris[record.key] = iri(name + ending)
    return iris


def office_name(group: Group) -> str:
    """Return the preferred name of an office: its host and the last part of its path, as a slug."""
    host_name, _, path = group[0].home.partition("/")
    return slug(f"{host_name} {path.rpartition('/')[2]}")


def policy_name(group: Group) -> str:
    """Return the preferred name of a policy: the identifier that its oldest source gives it, else its title; a slug."""
    for record in sorted(group, key=lambda record: (record.state.added, record.rank)):
        if identifier := record.first(IDENTIFIER):
            return slug(identifier)
    return slug(group[0].first(TITLE) or group[0].first(PAGE) or group[0].iri)


def families(members: Iterable[str], links: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return the connected components of a graph, each with its members in their order.

    A link may have an end that is no member: it connects those who link to the same end.
    """
    parents: dict[str, str] = {}  # a forest: each component has one root (union-find, with paths halved)

    def root(name: str) -> str:
        while (parent := parents.get(name, name)) != name:
            parents[name] = parents.get(parent, parent)
            name = parent
        return name

    for one, other in links:
        parents[root(one)] = root(other)
    components: dict[str, list[str]] = defaultdict(list)
    for member in members:
        components[root(member)].append(member)
    return list(components.values())


def _ranked(groups: Mapping[str, Group]) -> list[Group]:
    """Return the groups in the order of their keys, the records of each by rank."""
    return [sorted(groups[key], key=lambda record: record.rank) for key in sorted(groups)]
