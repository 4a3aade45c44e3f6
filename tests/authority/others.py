"""What a source may change, told without asking the code that decides it: for tests of invariant (i) of authority."""

from dataclasses import dataclass

from registry.authority.claims import ALIAS, PAGE
from registry.authority.resolve import Resolved
from registry.authority.rules import Standing, may_alias
from registry.iri.addresses import home, host
from tests.authority.worlds import BASE, merged, of_thing


@dataclass(frozen=True)
class Arrival:
    """A world before and after a stranger came, last of all, and the names of the things that this may concern.

    `own` are the stranger's: things on which it is heard, policies on pages of the hosts for which it speaks, and
    policies that somebody issued by speaking for one of its home pages before it did. `left` are offices to which
    somebody had joined one of its home pages: it takes along what is said of that page. `linked` are those to which
    links may follow.
    """

    before: frozenset
    after: frozenset
    resolved: Resolved
    now: Resolved
    taken: frozenset
    own: frozenset
    left: frozenset
    linked: frozenset

    @property
    def others(self):
        """The things that were there before and in no way are the stranger's."""
        things = (*self.resolved.offices, *self.resolved.policies)
        return [thing for thing in things if thing.name not in self.own | self.left]


def arrival(world, stranger):
    """Return what happens when a stranger comes to a world."""
    before, resolved, ledger = merged(world)
    after, now, _ = merged([*world, stranger], ledger)
    source = stranger.state.source.id
    speaking = [
        voice
        for office in now.offices
        for voice in office.heard
        if voice.record.state.source.id == source and voice.standing is Standing.SPEAKS
    ]
    hosts = {host(voice.record.homepage) for voice in speaking}
    taken = _on_homes_of(speaking, now)
    lost = (_speakers(resolved) - _speakers(now)) & taken
    own = _may_change(now, source) | _on_pages_of(hosts, resolved) | _on_pages_of(hosts, now)
    own |= {p.name for p in resolved.policies for v in voices(p) if v.issuer is not None and v.issuer.key in lost}
    left = {office.name for office in resolved.offices if taken & keys(office)}
    parts = {key for office in resolved.offices if office.name in left for key in keys(office)}
    linked = own | left | {office.name for office in now.offices if parts & keys(office)}
    return Arrival(
        frozenset(before), frozenset(after), resolved, now, *map(frozenset, (taken, own, left - own, linked))
    )


def changes_of_others(world, stranger):
    """Return what a stranger, who comes last, changes of things over which it has no authority."""
    it = arrival(world, stranger)
    current = {thing.name for thing in (*it.now.offices, *it.now.policies)}
    found = []
    for thing in it.resolved.offices:
        rest = keys(thing) - it.taken
        places = {office.name for office in it.now.offices if rest & keys(office)}
        if thing.name in it.left and len(places) > 1:  # what is not of the stranger's home pages stays together
            found.append(("parted", thing.name))
    for thing in it.others:
        changed = of_thing(it.before, thing.name) ^ of_thing(it.after, thing.name)
        found += [triple for triple in changed if not _links_to(triple, it.linked)]
        if thing.name not in current:
            found.append(("gone", thing.name))
    return found


def voices(thing):
    return (*thing.heard, *thing.claims)


def keys(thing):
    return {voice.record.key for voice in voices(thing)}


def _speakers(resolved):
    return {v.record.key for office in resolved.offices for v in office.heard if v.standing is Standing.SPEAKS}


def _may_change(resolved, source):
    """Return the names of the things of which a source is more than a claimant."""
    return {
        thing.name
        for thing in (*resolved.offices, *resolved.policies)
        for voice in thing.heard
        if voice.record.state.source.id == source and voice.standing is not Standing.CLAIMED
    }


def _on_pages_of(hosts, resolved):
    """Return the names of the policies of whose pages one stands on these hosts."""
    return {policy.name for policy in resolved.policies for v in voices(policy) if host(v.record.first(PAGE)) in hosts}


def _on_homes_of(speaking, resolved):
    """Return the keys of all records of the home pages for which these voices speak, aliases included."""
    homes = {voice.record.home for voice in speaking}
    homes |= {
        home(alias.value)
        for voice in speaking
        for alias in voice.record.properties.get(ALIAS, ())
        if may_alias(voice.record.state, voice.record.homepage, alias.value)
    }
    return {v.record.key for office in resolved.offices for v in voices(office) if v.record.home in homes}


def _links_to(triple, names):
    """Return whether a triple only links to one of these things."""
    return triple.object.value.removeprefix(f"{BASE}/id/") in names
