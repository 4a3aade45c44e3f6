"""Who is heard on what: the records of all sources as things, each with its name and the voices on it.

Pure: things depend on the records, the curated aliases and the ledger, not on the order in which sources are handed
over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from registry.authority import identity, rules
from registry.authority.claims import COUNTRY, PAGE, POLICY, Key, Record, Records
from registry.authority.ledger import Concern, Ledger
from registry.authority.rules import Standing
from registry.iri.addresses import home, host, short_hash
from registry.model import Layer, LedgerEntries


@dataclass(frozen=True, slots=True)
class Voice:
    """A record with its standing and the reason for it; `since` is the number of its claim: the smaller, the elder.

    `offices` are the numbers of the offices that, by this voice, issue the policy; `issuer` is the office that its own
    description names as the issuer, whether or not that counts.
    """

    record: Record
    standing: Standing
    because: str
    since: int
    offices: frozenset[int] = frozenset()
    issuer: Record | None = None

    @property
    def order(self) -> tuple[object, ...]:
        """The order of the voices on one thing: who is heard first comes first."""
        return self.standing, self.record.state.source.rank, self.since, self.record.place

    @property
    def layer(self) -> Layer:
        """Who assessed what this record states."""
        return rules.layer(self.record.state.source, authority=self.standing is Standing.SPEAKS)


@dataclass(frozen=True, slots=True)
class Thing:
    """An office or a policy: its name below `{base}/id/`, the voices that are heard on it, and mere claims about it.

    Both are in order. `heard` is never empty: on a thing that is only claimed, the eldest claimant is heard. `offices`
    are the names of the offices that issue a policy. `is_spoken_for` tells whether the page of a policy is an office's
    that speaks for itself.
    """

    name: str
    heard: tuple[Voice, ...]
    claims: tuple[Voice, ...] = ()
    offices: tuple[str, ...] = ()
    is_spoken_for: bool = False

    @property
    def is_only_claimed(self) -> bool:
        """Whether nobody speaks for the thing, and nobody whom the operator chose describes it."""
        return self.heard[0].standing is Standing.CLAIMED


@dataclass(frozen=True, slots=True)
class Resolved:
    """All things; record → the name of the thing on which it is heard; and what is new in the ledger.

    `replaced` is a name that nothing has any more → the name by which the same thing is known now.
    """

    offices: tuple[Thing, ...]
    policies: tuple[Thing, ...]
    names: Mapping[Key, str] = field(repr=False)
    replaced: Mapping[str, str] = field(repr=False)
    entries: LedgerEntries = field(repr=False)


def resolve(
    sources: Iterable[Records], aliases: Mapping[str, str], ledger: Ledger, *, legacy: bool = False
) -> Resolved:
    """Return who is heard on which office and policy, and what these are called.

    `aliases` is the curated list of home pages of one office; `legacy` is that of `identity.mint`. Of the ledger what
    concerns these records (`concern`) is enough.
    """
    everything = sorted(sources, key=_arrival)
    keys = _keys(everything)
    claims = tuple(dict.fromkeys((of[0], source) for (source, _), of in keys.items()))
    first_seen = ledger.with_entries([LedgerEntries(claims=claims)]).claims
    since = {key: first_seen[of[0], key[0]] for key, of in keys.items()}
    office_voices = _offices([record for source in everything for record in source.offices], aliases, since)
    issuing = _Issuing(everything, office_voices)
    policies = [[issuing.voice(record, group, since) for record in group] for group in issuing.groups(keys)]
    new_names: list[tuple[str, tuple[str, ...]]] = []
    things: list[list[Thing]] = []
    replaced: dict[str, str] = {}
    for kind, groups in (("office", office_voices), ("policy", policies)):
        unnamed = [_thing(voices) for voices in groups]
        names, new = _named(kind, unnamed, keys, ledger, legacy=legacy)
        new_names += new.names
        things.append([replace(thing, name=name) for thing, name in zip(unnamed, names, strict=True)])
        replaced |= _replaced(things[-1], keys, ledger)
    office_names = [thing.name for thing in things[0]]
    found = [
        replace(_with_offices(thing, office_names), is_spoken_for=issuing.is_spoken_for(thing)) for thing in things[1]
    ]
    names_of = {voice.record.key: thing.name for thing in (*things[0], *found) for voice in thing.heard}
    new_claims = tuple(claim for claim in claims if claim not in ledger.claims)
    return Resolved(tuple(things[0]), tuple(found), names_of, replaced, LedgerEntries(tuple(new_names), new_claims))


def concern(sources: Sequence[Records]) -> Concern:
    """Return what of the ledger decides how the things of these records are called, and who was first."""
    of_records = _keys(sources)
    return Concern(
        keys=frozenset(key for keys in of_records.values() for key in keys),
        sources=frozenset(source for source, _ in of_records),
        wishes=frozenset(identity.possible_wishes(sources)),
    )


def _keys(sources: Iterable[Records]) -> dict[Key, list[str]]:
    """Return the keys of each record of an office or a policy, the strongest first."""
    found: dict[Key, list[str]] = {}
    for source in sources:
        found |= {office.key: [f"office {office.home}"] for office in source.offices} | identity.policy_keys(source)
    return found


def _arrival(source: Records) -> tuple[object, ...]:
    """Return the order in which claims that are new together are noted: by the archive record that brought them."""
    records = (*source.offices, *source.policies, *source.statements)
    state = records[0].state if records else None
    return (state.accepted_record, state.added, state.source.id) if state else ()


def _offices(records: Sequence[Record], aliases: Mapping[str, str], since: Mapping[Key, int]) -> list[list[Voice]]:
    """Return the voices on each office, with those on its other home pages that it names itself."""
    speaking: dict[str, list[Record]] = defaultdict(list)
    for group in identity.office_groups(records, {}):
        for voice in _office_voices(group, since):
            if voice.standing is Standing.SPEAKS:
                speaking[voice.record.home].append(voice.record)
    same = identity.own_aliases(speaking) | dict(aliases)
    return [_office_voices(group, since) for group in identity.office_groups(records, same)]


def _office_voices(group: Sequence[Record], since: Mapping[Key, int]) -> list[Voice]:
    """Return the standing of each record of an office.

    What its page names and what stands at the well-known address speak for it; where neither is, one file of its host
    does: the eldest below its page, else the eldest. Several offices may share a host.
    """
    why = {record.key: rules.may_speak_for_office(record.state, record.homepage) for record in group}
    speaking: set[str] = set()
    for reasons in (("back-link", "well-known"), ("own-path",), ("own-host",)):
        found = [record for record in group if why[record.key] in reasons]
        if found:
            eldest = min(found, key=lambda record: since[record.key]).state.source.id
            speaking = {record.state.source.id for record in found if "back-link" in reasons} or {eldest}
            break
    voices = []
    for record in group:
        if why[record.key] and record.state.source.id in speaking:
            voices.append(Voice(record, Standing.SPEAKS, why[record.key], since[record.key]))
        else:
            voices.append(Voice(record, *rules.standing_without_authority(record.state.source), since[record.key]))
    return voices


class _Issuing:
    """Which office issues which policy, and who may say so."""

    def __init__(self, sources: Sequence[Records], offices: Sequence[Sequence[Voice]]) -> None:
        self._sources = sources
        self._number = {voice.record.key: number for number, voices in enumerate(offices) for voice in voices}
        self._speakers: dict[str, list[tuple[int, Voice]]] = defaultdict(list)  # host → the offices that speak there
        for number, voices in enumerate(offices):
            for voice in voices:
                if voice.standing is Standing.SPEAKS:
                    self._speakers[host(voice.record.homepage)].append((number, voice))
        self._speaking = {voice.record.key for found in self._speakers.values() for _, voice in found}
        self._issuers: dict[Key, list[Record]] = defaultdict(list)  # policy → the offices that are said to issue it
        for source in sources:
            for office in source.offices:
                for policy in office.links(POLICY):
                    self._issuers[policy].append(office)

    def _of(self, record: Record, *, authority: bool) -> frozenset[int]:
        """Return the offices that issue a policy by this record, or only those that its source speaks for."""
        found = self._issuers[record.key]
        return frozenset(self._number[office.key] for office in found if office.key in self._speaking or not authority)

    def _owners(self, page: str) -> set[int]:
        """Return the offices that speak for a page themselves."""
        return {
            number
            for number, voice in self._speakers.get(host(page), ())
            if rules.speaks_for_page(voice.record.state, voice.record.homepage, voice.because, page)
        }

    def is_spoken_for(self, policy: Thing) -> bool:
        """Return whether the page of a policy is that of an office that speaks for itself."""
        return any(self._owners(voice.record.first(PAGE)) for voice in policy.heard)

    def _owns_page(self, record: Record) -> bool:
        """Return whether an office that speaks for the page of a policy says itself that it issues the policy."""
        page = record.first(PAGE)
        return page != "" and bool(self._owners(page) & self._of(record, authority=True))

    def groups(self, keys: Mapping[Key, list[str]]) -> list[list[Record]]:
        """Return the records of each policy.

        They share the strongest key; and whatever others say of a page that its own office describes is about that.
        """
        records = [record for source in self._sources for record in source.policies]
        owned: dict[str, str] = {}
        for record in records:
            if self._owns_page(record):
                owned.setdefault(home(record.first(PAGE)), keys[record.key][0])
        groups: dict[str, list[Record]] = defaultdict(list)
        for record in records:
            key = keys[record.key][0]
            if owned and record.first(PAGE) and not self._owns_page(record):
                trusted = rules.standing_without_authority(record.state.source)[0] is not Standing.CLAIMED
                if key.startswith("policy page ") or not trusted:
                    key = owned.get(home(record.first(PAGE)), key)
            groups[key].append(record)
        return [groups[key] for key in sorted(groups)]

    def voice(self, record: Record, group: Sequence[Record], since: Mapping[Key, int]) -> Voice:
        """Return the standing of a record of a policy among all records of that policy."""
        own = self._of(record, authority=True)
        issuer = next(iter(self._issuers[record.key]), None)
        if own and not rules.is_of_country(record.first(COUNTRY), issuer.first(COUNTRY) if issuer else ""):
            return Voice(record, Standing.CLAIMED, "claim", since[record.key], frozenset(), issuer)
        if own:
            others = [other for other in group if not self._of(other, authority=True)]
            trusted = [
                other
                for other in others
                if rules.standing_without_authority(other.state.source)[0] is not Standing.CLAIMED
            ]
            eldest = min(group, key=lambda other: since[other.key])
            because = rules.may_speak_for_policy(
                own_page=not record.first(PAGE) or self._owns_page(record),
                spoken_for=bool(self._owners(record.first(PAGE)) - own),
                attributed=any(own & self._of(other, authority=False) for other in trusted),
                trusted=bool(trusted),
                first=eldest is record or bool(own & self._of(eldest, authority=True)),
            )
            if because:
                return Voice(record, Standing.SPEAKS, because, since[record.key], own, issuer)
        standing, because = rules.standing_without_authority(record.state.source)
        if own and standing is not Standing.COMPILED:  # an office's own file is nobody's list
            standing, because = Standing.CLAIMED, "claim"
        offices = frozenset() if standing is Standing.CLAIMED else self._of(record, authority=False)
        return Voice(record, standing, because, since[record.key], offices, issuer)


def _thing(voices: Sequence[Voice]) -> Thing:
    ordered = sorted(voices, key=lambda voice: voice.order)
    heard = [voice for voice in ordered if voice.standing is not Standing.CLAIMED]
    if not heard:
        eldest = min(ordered, key=lambda voice: voice.since).record.state.source.id
        heard = [voice for voice in ordered if voice.record.state.source.id == eldest]
    keys = {voice.record.key for voice in heard}
    return Thing("", tuple(heard), tuple(voice for voice in ordered if voice.record.key not in keys))


def _named(
    kind: str, things: Sequence[Thing], keys: Mapping[Key, list[str]], ledger: Ledger, *, legacy: bool
) -> tuple[list[str], LedgerEntries]:
    """Return the name of each thing, and what is new in the ledger; the eldest is named first."""
    eldest = sorted(range(len(things)), key=lambda number: min(voice.since for voice in things[number].heard))
    wishes = []
    for number in eldest:
        thing = things[number]
        of = tuple(dict.fromkeys(key for voice in thing.heard for key in keys[voice.record.key]))
        by_age = [voice.record for voice in sorted(thing.heard, key=lambda voice: voice.since)]
        best = thing.heard[0].record
        if kind == "office":
            wish = identity.office_wish(best)
        else:
            wish = identity.policy_wish(by_age, best, trusted=legacy or not thing.is_only_claimed)
        wishes.append(identity.Wish(of, f"{kind}/{wish}", short_hash(best.home or best.iri)))
    found, entries = identity.mint(wishes, ledger, legacy=legacy)
    names = dict(zip(eldest, found, strict=True))
    return [names[number] for number in range(len(things))], entries


def _replaced(things: Sequence[Thing], keys: Mapping[Key, list[str]], ledger: Ledger) -> dict[str, str]:
    """Return the names in the ledger that no thing has, each → the name of the thing that is known by its key."""
    current = {thing.name for thing in things}
    found: dict[str, str] = {}
    for thing in things:
        for voice in (*thing.heard, *thing.claims):
            for name in filter(None, map(ledger.keys.get, keys[voice.record.key])):
                if name not in current:
                    found.setdefault(name, thing.name)
    return found


def _with_offices(thing: Thing, names: Sequence[str]) -> Thing:
    offices = dict.fromkeys(number for voice in thing.heard for number in sorted(voice.offices))
    return replace(thing, offices=tuple(names[number] for number in offices))
