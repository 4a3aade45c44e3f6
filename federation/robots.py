"""Whether an address may be read, by the robots.txt of its origin (RFC 9309); rules are kept for one pass."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from urllib.parse import quote
from weakref import WeakValueDictionary

from cachetools import LRUCache
from protego import Protego

from federation import address
from federation.transport import Allowance, Failure, Response, Transport
from registry.iri import addresses
from registry.model import Outcome
from registry.reasons.reasons import reason
from registry.settings import Settings

TOKEN = "OSPO-Atlas"
MAX_BYTES = 500 * 1024  # RFC 9309, section 2.5: at least this much is to be read
MAX_REDIRECTS = 5  # section 2.3.1.2
MAX_AGE_SECONDS = 86_400.0  # section 2.4
MAX_KEPT_BYTES = 2 * 1_048_576  # of all files whose rules are kept: parsed, a byte can take eighty
_MIN_RULES_BYTES = 1_024  # what the rules of one origin count for at least

_LINE = re.compile(
    r"\s*(?:(?P<agent>user[- ]?agent)|(?P<allow>allow)|(?P<deny>disallow|diss?al+ow|diasllow|disallaw)|crawl[- ]delay)"
    r"(?:\s*:|\s)\s*(?P<value>[^#]*)",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[A-Za-z_-]*")
# `str.splitlines`, which Protego uses, ends a line at these too; RFC 9309 does not.
_OTHER_LINE_ENDS = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class _Rules:
    at: float
    parsed: Protego | None = None
    failure: Failure | None = None
    size: int = _MIN_RULES_BYTES


class Robots:
    """The rules of the origins of one pass; those used least recently are dropped, and read again when needed."""

    def __init__(self, transport: Transport, settings: Settings) -> None:
        self._transport, self._max_delay = transport, settings.max_delay_seconds
        self._rules: LRUCache[str, _Rules] = LRUCache(MAX_KEPT_BYTES, lambda rules: rules.size)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # each as long as somebody waits

    async def refusal(self, url: str, allowance: Allowance) -> Failure | None:
        """Return why this address may not be read now, or None when it may be read.

        Where robots.txt cannot be read (5xx, 429, network), nothing of the origin may be read (RFC 9309, section
        2.3.1.4): that is UNREACHABLE. A Crawl-delay sets the pause between requests to the host.
        """
        origin = addresses.origin(url)
        lock = self._locks.setdefault(origin, asyncio.Lock())
        async with lock:
            rules = self._rules.get(origin)
            if rules is None or time.monotonic() - rules.at > MAX_AGE_SECONDS:
                rules = await self._read(origin, allowance)
                if allowance.left > 0:  # else it failed for want of time, and another fetch has time
                    self._rules[origin] = rules
        if rules.failure is not None:
            return rules.failure
        if rules.parsed is None or rules.parsed.can_fetch(url, TOKEN):
            return None
        return Failure(Outcome.REFUSED, reason("robots-forbidden", robots=f"{origin}/robots.txt", url=url))

    async def _read(self, origin: str, allowance: Allowance) -> _Rules:
        now = time.monotonic()
        response = await self._get(f"{origin}/robots.txt", allowance)
        if isinstance(response, Failure):
            return _Rules(now, failure=response)
        if response.status >= 500 or response.status == 429:
            why = reason("robots-unreadable", url=f"{origin}/robots.txt", status=response.status)
            return _Rules(now, failure=Failure(Outcome.UNREACHABLE, why))
        if response.status != 200:
            return _Rules(now)
        body = response.body
        if len(body) >= MAX_BYTES:  # half a rule may forbid more than the whole one
            body = body[: max(body.rfind(b"\n"), body.rfind(b"\r")) + 1]
        # Protego 0.7 takes a BOM or NUL for a part of the first rule, and so ignores the rule
        rules = Protego.parse(repair_groups(body.decode("utf-8-sig", errors="replace").replace("\0", "")))
        if (delay := rules.crawl_delay(TOKEN)) is not None:
            self._transport.pace.set_delay(addresses.host_name(origin), max(0.0, min(delay, self._max_delay)))
        return _Rules(now, rules, size=max(len(body), _MIN_RULES_BYTES))

    async def _get(self, url: str, allowance: Allowance) -> Response | Failure:
        for _ in range(MAX_REDIRECTS + 1):
            response = await self._transport.get(url, allowance=allowance, max_bytes=MAX_BYTES, cut=True)
            if isinstance(response, Failure) or not 300 <= response.status < 400 or not response.header("location"):
                return response
            target = addresses.join(url, response.header("location"))
            if problem := address.redirect_problem(url, target):
                return Failure(Outcome.REFUSED, problem)
            url = target
        return response  # too many redirects: as if there were none (section 2.3.1.2)


def repair_groups(text: str) -> str:
    """Return a robots.txt in which Protego 0.7 finds the groups of rules that RFC 9309 defines for our agent.

    Protego takes `User-agent: OSPO` for our agent, and takes a Crawl-delay or an unknown line between two User-agent
    lines for the end of their group.
    """
    lines: list[str] = []
    delays: list[str] = []  # between the User-agent lines of a group; written after them
    among_agents = False
    for line in re.split(r"\r\n|\r|\n", _OTHER_LINE_ENDS.sub(lambda end: quote(end[0]), text)):
        if not (found := _LINE.match(line)):
            continue
        value = found["value"].strip()
        if found["agent"]:
            among_agents = True
            lines.append(f"User-agent: {_agent(value)}")
        elif found["allow"] or found["deny"]:
            lines += [*delays, f"{'Allow' if found['allow'] else 'Disallow'}: {value}"]
            delays, among_agents = [], False
        else:
            (delays if among_agents else lines).append(f"Crawl-delay: {value}")
    return "\n".join(lines + delays)


def _agent(value: str) -> str:
    """Return our product token, `*` or `other`. What follows the token, like a version, does not count (2.2.1)."""
    if value == "*" or re.match(r"\*\s", value):
        return "*"
    token = _TOKEN.match(value)
    return TOKEN if token and token[0].lower() == TOKEN.lower() else "other"
