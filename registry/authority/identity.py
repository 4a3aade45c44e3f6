"""Which records speak of one thing, under which keys it is known, and what it is called (design, section 8, rule 4).

Offices are one by their normalised home pages, policies by their pages; never by a name, never by likeness.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from registry.authority import rules
from registry.authority.claims import ALIAS, COUNTRY, IDENTIFIER, PAGE, POLICY, TITLE, Key, Record, Records
from registry.authority.ledger import Ledger
from registry.iri.addresses import home, slug
from registry.iri.names import within_description
from registry.model import LedgerEntries
from registry.vocabulary import jurisdictions

Group = list[Record]  # of one thing

_BY_NODE = "policy node "  # begins the key of a policy that has no name of its own
# What the registry once added to a name that was taken; nobody is granted a name of this form.
_ADDED = re.compile(r"-(?=[0-9]*[a-f])[0-9a-f]{8}$")


def office_groups(records: Iterable[Record], aliases: Mapping[str, str]) -> list[Group]:
    """Return the records of each office: those of equal home pages.

    `aliases` is normalised home page → normalised home page of the same office.
    """
    groups: dict[str, Group] = defaultdict(list)
    for record in records:
        groups[_resolved(record.home, aliases)].append(record)
    return [groups[key] for key in sorted(groups)]


def own_aliases(speaking: Mapping[str, Iterable[Record]]) -> dict[str, str]:
    """Return alias → home page, as far as offices may say so.

    `speaking` is home page → the records that speak for its office. A page for which another source speaks is no alias:
    nobody can alias away somebody else's office (design, section 8, rule 3).
    """
    found: dict[str, str] = {}
    for page, records in sorted(speaking.items()):
        for record in records:
            for value in record.properties.get(ALIAS, ()):
                other = home(value.value)
                others = {of.state.source.id for of in speaking.get(other, ())}
                if others <= {record.state.source.id} and rules.may_alias(record.state, record.homepage, value.value):
                    found.setdefault(other, page)
    return found


def _resolved(key: str, same: Mapping[str, str]) -> str:
    seen = {key}
    while key in same and same[key] not in seen:
        key = same[key]
        seen.add(key)
    return key


def policy_keys(source: Records) -> dict[Key, list[str]]:
    """Return record → the keys under which its policy is known, the strongest first.

    The page, with the country, is a key for all sources, where this source tells of that page once; the identifier and
    the title are keys within the source, where they are unique; the node itself stands in where there is no other.
    """
    countries = {key: office.first(COUNTRY) for office in source.offices for key in office.links(POLICY)}
    found: dict[Key, list[str]] = {}
    wishes = {
        record.key: {
            "page": home(record.first(PAGE)) if record.first(PAGE) else "",
            "id": record.first(IDENTIFIER),
            "title": record.first(TITLE),
        }
        for record in source.policies
    }
    counts = Counter((kind, value) for wish in wishes.values() for kind, value in wish.items())
    for record in source.policies:
        code = jurisdictions.country_code(record.first(COUNTRY) or countries.get(record.key, ""))
        of_source = record.state.source.id
        unique = {kind: value for kind, value in wishes[record.key].items() if value and counts[kind, value] == 1}
        keys = [f"policy page {code} {unique['page']}"] if "page" in unique else []
        keys += [f"policy {kind} {of_source} {unique[kind]}" for kind in ("id", "title") if kind in unique]
        found[record.key] = keys or [f"{_BY_NODE}{of_source} {within_description(record.iri)}"]
    return found


def is_by_node(keys: Sequence[str]) -> bool:
    """Return whether a policy with these keys has no name of its own."""
    return keys[0].startswith(_BY_NODE)


def office_wish(record: Record) -> str:
    """Return the name that an office would have: its host and the last part of its path."""
    first, _, rest = record.home.partition("/")
    return slug(f"{first} {rest.rpartition('/')[2]}")


def policy_wish(eldest: Sequence[Record], best: Record, *, trusted: bool) -> str:
    """Return the name that a policy would have: the identifier that a source gives it, the eldest one's, or its title.

    Of a policy that is only claimed it is its page: a stranger does not choose how somebody else's policy is called.
    """
    local = next((record.first(IDENTIFIER) for record in eldest if record.first(IDENTIFIER)), "") if trusted else ""
    title, page = best.first(TITLE), best.first(PAGE)
    return slug(local or (title if trusted or not page else home(page)) or page or best.iri)


def possible_wishes(sources: Iterable[Records]) -> Iterator[str]:
    """Yield every name (`office/…`) that a thing may wish which is made of some of these records."""
    for source in sources:
        yield from (f"office/{office_wish(record)}" for record in source.offices)
        for record in source.policies:
            page = record.first(PAGE)
            texts = (record.first(IDENTIFIER), record.first(TITLE), home(page) if page else "", page, record.iri)
            yield from {f"policy/{slug(text)}" for text in texts if text}


@dataclass(frozen=True, slots=True)
class Wish:
    """A thing that is to be named: its keys, the strongest first, and the name (`office/…`) that it would have.

    `old` is what the registry once added to a name that was taken, before it kept a ledger.
    """

    keys: tuple[str, ...]
    name: str
    old: str = ""


def mint(wishes: Sequence[Wish], ledger: Ledger, *, legacy: bool = False) -> tuple[list[str], LedgerEntries]:
    """Return the name of each thing, in this order, and what is new in the ledger; the eldest thing comes first.

    A thing keeps the name that was minted for one of its keys, the eldest one if there are several. A new name is the
    wish where that is free, else the wish with two hyphens and a number: no wish has two hyphens in a row, so that
    nobody can aim at a name that is not given yet. With `legacy`, things get the names that the registry gave before
    it kept a ledger, where these are free.
    """
    names = _kept(wishes, ledger)
    given, numbers = set(ledger.minted), Counter[str]()
    new: list[tuple[str, tuple[str, ...]]] = []
    for place, wish in enumerate(wishes):
        if not names[place]:
            names[place] = _free(wish, given, numbers, legacy=legacy)
            given.add(names[place])
            new.append((names[place], wish.keys))
        elif unknown := tuple(key for key in wish.keys if key not in ledger.keys):
            new.append((names[place], (ledger.minted[names[place]], *unknown)))
    return names, LedgerEntries(names=tuple(new))


def names_for(wish: str, first: int, last: int) -> list[str]:
    """Return the names that are given in the place of a wish from the first to the last number: 0 is the wish itself.

    >>> names_for("office/a", 0, 2)
    ['office/a', 'office/a--1', 'office/a--2']
    """
    return [f"{wish}--{number}" if number else wish for number in range(first, last + 1)]


def _kept(wishes: Sequence[Wish], ledger: Ledger) -> list[str]:
    """Return the names that things have in the ledger, "" for one that has none; no name twice."""
    names: list[str] = [""] * len(wishes)
    number = {name: place for place, name in enumerate(ledger.minted)}
    used: set[str] = set()
    # what was minted for a key comes before what it was also known by
    for known in ({key: name for name, key in ledger.minted.items()}, ledger.keys):
        for place, wish in enumerate(wishes):
            found = {known[key] for key in wish.keys if key in known} - used
            if not names[place] and found:
                names[place] = min(found, key=number.__getitem__)
                used.add(names[place])
    return names


def _free(wish: Wish, given: set[str], numbers: Counter[str], *, legacy: bool) -> str:
    if wish.name not in given and (legacy or not _ADDED.search(wish.name)):
        return wish.name
    if legacy and (old := f"{wish.name}-{wish.old}") not in given:
        return old
    while True:
        numbers[wish.name] += 1
        (name,) = names_for(wish.name, numbers[wish.name], numbers[wish.name])
        if name not in given:
            return name


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
