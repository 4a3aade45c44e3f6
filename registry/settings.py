"""The settings: one frozen value in which everything is within its bounds, however it was made.

Each field carries its type, with the bounds, and its help; the table in docs/operate.md is made from them (`ospo
settings`). Where the values come from is the duty of `registry.operations.configuration`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from registry.errors import SettingsError
from registry.model import Source
from registry.setting_types import (
    MAX_PORT,
    WEB_ADDRESS,
    Items,
    Number,
    Places,
    SettingType,
    Text,
    checked,
    choice,
    is_contact,
    is_folder,
    is_host,
    is_line,
    is_network,
    is_origin,
    is_web_address,
)

_LONGEST_SECONDS = 3600.0
_LONGEST_HOURS = 8760.0  # a year
_LONGEST_DAYS = 36_500.0  # a century: dates stay within what datetime can hold
_MIB = 1_048_576
_LARGEST_BYTES = 32 * _MIB  # a message between a worker and its parent has 64 MiB at the most


def _setting(default: Any, type_: SettingType, help_: str) -> Any:
    metadata = {"type": type_, "help": help_}
    if isinstance(default, dict):
        return field(default_factory=dict, metadata=metadata)
    return field(default=default, metadata=metadata)


def _count(low: int, high: int) -> Number:
    return Number(low, high, whole=True)


_FOLDER = "the path of a folder (at most 1024 characters)"


class _Sources:
    """Sources that are values already; no text stands for them."""

    def __str__(self) -> str:
        return "a list of [[sources]] tables"

    def read(self, value: object) -> tuple[Source, ...]:
        """Return the sources."""
        if not isinstance(value, list | tuple) or not all(isinstance(item, Source) for item in value):
            raise ValueError("not a list of sources")
        return tuple(value)

    def parse(self, text: str) -> object:
        """Return the text, which `read` refuses."""
        return text


@dataclass(frozen=True, slots=True)
class Settings:
    """All that an operator may set; units stand in the names. Raises SettingsError for a value that is not allowed."""

    base: str = _setting(
        "http://127.0.0.1:8000",
        Text(
            "http:// or https:// and a host in small letters of ASCII, with a port unless it is the usual one, "
            "and nothing after it",
            is_origin,
        ),
        "public address of the site; every IRI of the registry begins with it",
    )
    data: str = _setting("var", Text(_FOLDER, is_folder), "folder of the store, the archive and the list of sources")
    store: str = _setting(
        "",
        Text(f"empty, {_FOLDER} or {WEB_ADDRESS}", lambda text: text == "" or is_folder(text) or is_web_address(text)),
        "folder of the embedded store, or the address of a SPARQL 1.1 server; empty: DATA/store",
    )
    store_update: str = _setting(
        "",
        Text(f"empty or {WEB_ADDRESS}", lambda text: text == "" or is_web_address(text)),
        "address for updates of that server, where it differs from its query address",
    )
    store_visitors: str = _setting(
        "",
        Text(f"empty or {WEB_ADDRESS}", lambda text: text == "" or is_web_address(text)),
        "address for visitors' queries, where it differs: a copy for reading, or with a time limit (?timeout=5000)",
    )
    title: str = _setting(
        "OSPO Atlas",
        Text("a line of 1 to 200 characters", lambda text: is_line(text) and text.strip() != ""),
        "name of the site",
    )
    contact: str = _setting(
        "https://ospo-atlas.example/contact",
        Text("an http://, https:// or mailto: address in ASCII, without brackets and fragment", is_contact),
        "where a publisher can write to us; part of the User-Agent",
    )
    host: str = _setting(
        "127.0.0.1",
        Text("an IP address without brackets, or a host name in small letters", is_host),
        "address that `ospo serve` listens on",
    )
    port: int = _setting(8000, _count(1, MAX_PORT), "port that `ospo serve` listens on")
    processes: int = _setting(
        1, _count(1, 64), "web processes; each has lists, caches, limits and query workers of its own"
    )
    threads: int = _setting(4, _count(1, 256), "threads of a web process that make pages")
    max_connections: int = _setting(1000, _count(10, 100_000), "open connections of a web process")
    max_connections_of_one: int = _setting(
        200, _count(1, 100_000), "open connections of one address, or of one IPv6 network of 64 bits"
    )
    head_seconds: float = _setting(
        5.0, Number(0.1, _LONGEST_SECONDS), "limit for the head of a request, and for silence after an answer"
    )
    body_seconds: float = _setting(10.0, Number(0.1, _LONGEST_SECONDS), "limit for the body of a request")
    write_seconds: float = _setting(
        10.0, Number(0.1, _LONGEST_SECONDS), "limit for a client to take the next piece of an answer (64 to 256 KiB)"
    )
    stop_seconds: float = _setting(
        10.0, Number(0.1, _LONGEST_SECONDS), "how long requests under way may go on when `ospo serve` is ended"
    )
    trusted_proxies: tuple[str, ...] = _setting(
        (),
        Items(Text("a network", is_network), "a list of at most 100 IP networks, like 127.0.0.0/8"),
        "networks of the servers in front, whose X-Forwarded-For is believed",
    )
    request_log: str = _setting("none", choice(("none", "json")), "a line for each request on standard output")

    interval_hours: float = _setting(24.0, Number(0.01, _LONGEST_HOURS), "how often a source is read again")
    max_interval_hours: float = _setting(
        168.0,
        Number(0.01, _LONGEST_HOURS),
        "the longest that interval grows for a source that has not changed for long (a tenth of that time)",
    )
    listed_offices: int = _setting(
        1000,
        _count(0, 100_000),
        "offices of one list whose home pages are looked at for descriptions of their own; 0: none",
    )
    concurrency: int = _setting(
        20, _count(1, 1000), "requests in flight (one at a time to each host; a host that pauses counts for none)"
    )
    delay_seconds: float = _setting(
        1.0,
        Number(0.0, _LONGEST_SECONDS),
        "pause between two requests to one host, unless its robots.txt states a Crawl-delay",
    )
    max_delay_seconds: float = _setting(60.0, Number(0.0, _LONGEST_SECONDS), "the longest Crawl-delay that is honoured")
    connect_seconds: float = _setting(5.0, Number(0.1, _LONGEST_SECONDS), "limit for connecting, and for each read")
    fetch_seconds: float = _setting(
        15.0, Number(0.1, _LONGEST_SECONDS), "limit for one fetch, name look-up and redirects included"
    )
    max_bytes: int = _setting(_MIB, _count(1024, _LARGEST_BYTES), "largest body, on the wire and decompressed")
    max_redirects: int = _setting(3, _count(0, 20), "redirects followed in one fetch")
    ports: tuple[int, ...] = _setting(
        (80, 443),
        Items(_count(1, MAX_PORT), f"a list of 1 to 100 whole numbers from 1 to {MAX_PORT}", least=1),
        "ports that may be contacted",
    )
    allow_networks: tuple[str, ...] = _setting(
        (),
        Items(Text("a network", is_network), "a list of at most 100 IP networks, like 127.0.0.0/8"),
        "networks that may be contacted although they are not public (tests)",
    )
    resolve: Mapping[str, str] = _setting(
        {}, Places(), "host = address:port, asked instead of the DNS (like curl --connect-to)"
    )
    transient_grace_days: float = _setting(
        30.0, Number(0.0, _LONGEST_DAYS), "how long the copy of an unreachable source is served"
    )
    gone_grace_days: float = _setting(
        7.0, Number(0.0, _LONGEST_DAYS), "how long the copy of a vanished source (404, 410) is served"
    )
    unreadable_grace_days: float = _setting(
        30.0,
        Number(0.0, _LONGEST_DAYS),
        "how long the copy of a source, or of an entry of it, is served while a new version is unreadable or rejected",
    )
    hold_days: float = _setting(
        30.0,
        Number(0.0, _LONGEST_DAYS),
        "how long a version that takes much away is held, unless it is confirmed before; then it is served",
    )
    verification_days: float = _setting(
        30.0, Number(0.0, _LONGEST_DAYS), "how long a verification holds after the source was last verified"
    )
    event_days: float = _setting(
        730.0,
        Number(1.0, _LONGEST_DAYS),
        "how long the events of a source are kept in the store; the archive keeps all",
    )
    events_kept: int = _setting(
        365, _count(1, 100_000), "the most events of one source that are kept in the store; the archive keeps all"
    )

    publish_seconds: float = _setting(
        120.0,
        Number(0.1, 86_400.0),
        "how often a long pass publishes what it has read (less often where that would take a tenth of its time)",
    )

    reader_workers: int = _setting(2, _count(1, 64), "processes that read and validate documents")
    reader_seconds: float = _setting(
        30.0, Number(0.001, _LONGEST_SECONDS), "limit for reading and validating one document"
    )
    reader_memory_mb: int = _setting(700, _count(64, 65_536), "memory of one reader process")
    query_workers: int = _setting(2, _count(1, 64), "processes that run visitors' queries")
    query_seconds: float = _setting(5.0, Number(0.001, _LONGEST_SECONDS), "limit for one query")
    query_memory_mb: int = _setting(700, _count(64, 65_536), "memory of one query process")
    max_query_bytes: int = _setting(8192, _count(64, _MIB), "longest query text")
    download_seconds: float = _setting(120.0, Number(0.1, _LONGEST_SECONDS), "limit for making one download")
    download_memory_mb: int = _setting(4096, _count(64, 65_536), "memory of the process that makes downloads")
    downloads_mb: int = _setting(512, _count(1, 1_048_576), "megabytes of downloads that are kept as files")
    max_rows: int = _setting(10_000, _count(1, 1_000_000), "rows (or triples) that one query returns")
    max_answer_bytes: int = _setting(4 * _MIB, _count(1, _LARGEST_BYTES), "bytes that one query returns")

    sources: tuple[Source, ...] = _setting((), _Sources(), "the sources, as [[sources]] tables")

    def __post_init__(self) -> None:
        for name, type_ in TYPES.items():  # whatever way the value is made, also by `replace`
            object.__setattr__(self, name, checked(f"setting {name!r}", type_, getattr(self, name)))
        for low, high in (("interval_hours", "max_interval_hours"), ("delay_seconds", "max_delay_seconds")):
            if getattr(self, low) > getattr(self, high):
                raise SettingsError(
                    f"setting {high!r} is {getattr(self, high)}, but must be at least {low!r}, "
                    f"which is {getattr(self, low)}"
                )
        for name in ("store_update", "store_visitors"):
            if getattr(self, name) and "://" not in self.store:
                raise SettingsError(
                    f"setting {name!r} is {getattr(self, name)!r}, but must be empty while 'store' is not the address "
                    f"of a server: it is {self.store!r}"
                )

    @property
    def max_body_bytes(self) -> int:
        """The longest body of a request: a query in a form, which may percent-encode every byte, and the rest."""
        return 64 * 1024 + 3 * self.max_query_bytes

    @property
    def store_location(self) -> str:
        """The folder or the address of the store."""
        return self.store or str(Path(self.data) / "store")


TYPES: dict[str, SettingType] = {item.name: item.metadata["type"] for item in fields(Settings)}


def table() -> str:
    """Return the settings as a Markdown table: name, default, what is allowed, help."""
    rows = ["| setting | default | allowed | what it is |", "| --- | --- | --- | --- |"]
    defaults = Settings()
    for item in fields(Settings):
        value = getattr(defaults, item.name)
        text = ", ".join(map(str, value)) if isinstance(value, tuple) else "" if value == {} else str(value)
        default = f"`{text}`" if text else ""
        rows.append(f"| `{item.name}` | {default} | {TYPES[item.name]} | {item.metadata['help']} |")
    return "\n".join(rows)
