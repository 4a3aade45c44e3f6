"""The ledger: which name was given to which thing, and who claimed what before whom; it only grows.

A thing is known by keys, such as `office code.gouv.fr` (a normalised home page) or `policy page FR a.example/law`.
A name is minted once, for the first key of its thing, and is never given to another; further keys under which the thing
is found later are noted beside it. A claim is a (key, source id) pair; its number tells how early it was seen.

A merge is told of the part that concerns it: of 100,000 things the whole takes longer to read than all else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from registry.model import LedgerEntries


class Key(NamedTuple):
    """A key in its parts.

    `kind` is office or policy; `by` is page, id, title or node. `within` is the country of a policy known by its page,
    which may be "", or the source in which an identifier, title or node counts; "" for an office. `text` is the rest.
    """

    kind: str
    by: str
    within: str
    text: str


def key_parts(key: str) -> Key:
    """Return the parts of a key. Raises ValueError for what is none.

    >>> key_parts("policy page FR a.example/law")
    Key(kind='policy', by='page', within='FR', text='a.example/law')
    """
    kind, _, rest = key.partition(" ")
    if kind == "office":
        return Key(kind, "page", "", rest)
    by, within, text = rest.split(" ", 2)
    return Key(kind, by, within, text)


class Size(NamedTuple):
    """How many names and claims there are in a whole ledger: the numbers that were given last."""

    names: int = 0
    claims: int = 0


@dataclass(frozen=True, slots=True)
class Concern:
    """What of a ledger decides how some records are called, and who of their sources was first.

    `keys` are those of the records, `sources` are identifiers; `wishes` are names that may be wanted.
    """

    keys: frozenset[str]
    sources: frozenset[str]
    wishes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Names and claims so far: all of them, or all that are of one concern.

    `minted` is name → the key it was minted for, in the order of minting; `keys` is key → the name it was first noted
    for; `claims` is (key, source id) → number, from 1 on. `size` is that of the whole ledger.
    """

    minted: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    claims: Mapping[tuple[str, str], int] = field(default_factory=lambda: MappingProxyType({}))
    size: Size = field(default_factory=Size)

    def with_entries(self, entries: Iterable[LedgerEntries]) -> Ledger:
        """Return the ledger with these entries, which concern it; what it holds already stays as it is."""
        minted, keys, claims = dict(self.minted), dict(self.keys), dict(self.claims)
        known = Size(len(minted), len(claims))
        for entry in entries:
            for name, of in entry.names:
                minted.setdefault(name, of[0])
                for key in of:
                    keys.setdefault(key, name)
            for claim in entry.claims:
                claims.setdefault(claim, self.size.claims + len(claims) - known.claims + 1)
        more = Size(len(minted) - known.names, len(claims) - known.claims)
        return Ledger(minted, keys, claims, Size(self.size.names + more.names, self.size.claims + more.claims))
