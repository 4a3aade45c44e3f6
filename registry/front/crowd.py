"""How many connections there are, in all and of one address, and which one goes when there are too many."""

from __future__ import annotations

from typing import Protocol

from registry.front.addresses import Networks, is_in
from registry.front.tally import Counts


class Member(Protocol):
    """A connection of a crowd; `address` is what limits count for."""

    address: str

    def abort(self, reason: str) -> None:
        """Close at once; the reason is a value of the label of `ospo_connections_closed`."""


class Crowd:
    """The open connections of a process. One that is refused or aborted makes room for another.

    When there are too many, the one goes that has waited longest for its client: silent, idle or half-said.
    """

    def __init__(self, most: int, most_of_one: int, trusted: Networks, counts: Counts) -> None:
        self._most, self._most_of_one, self._trusted, self.counts = most, most_of_one, trusted, counts
        self._of: dict[str, dict[Member, None]] = {}
        self._waiting: dict[Member, None] = {}  # for its client; who began to wait first is first

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))

    def admit(self, connection: Member, address: str) -> str:
        """Take a connection in and return "", or return why it is refused: "all" or "address"."""
        own = self._of.setdefault(address, {})
        if len(own) >= self._most_of_one and not is_in(address, self._trusted) and not self._make_room(own):
            return "address"
        if len(self) >= self._most and not self._make_room(self._waiting):
            return "all"
        self._of.setdefault(address, {})[connection] = None
        self._waiting[connection] = None
        self.counts.add("ospo_connections")
        return ""

    def works(self, connection: Member) -> None:
        """Note that a request of it is complete: it does not wait for its client."""
        self._waiting.pop(connection, None)

    def waits(self, connection: Member) -> None:
        """Note that it waits for its client again."""
        if connection in self._of.get(connection.address, {}):
            self._waiting[connection] = None

    def leave(self, connection: Member) -> None:
        """Note that it is closed."""
        own = self._of.get(connection.address, {})
        if connection in own:
            del own[connection]
            self.counts.add("ospo_connections", count=-1)
        if not own:
            self._of.pop(connection.address, None)
        self._waiting.pop(connection, None)

    def _make_room(self, among: dict[Member, None]) -> bool:
        """Abort that of these which has waited longest; return whether there was one."""
        victim = next((it for it in self._waiting if it in among), None)
        if victim is None:
            return False
        self.leave(victim)
        victim.abort("crowd")
        return True
