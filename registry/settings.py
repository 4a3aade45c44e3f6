"""The settings: one frozen value, from the defaults, a TOML file, `OSPO_*` variables and flags, in that order.

Each field carries its help; the table in docs/operate.md is made from them (`ospo settings`).
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib.resources import files
from pathlib import Path
from typing import Any

from registry.errors import SettingsError
from registry.model import Layer, Source, SourceKind


def _setting(default: Any, help: str) -> Any:
    if isinstance(default, dict):
        return field(default_factory=dict, metadata={"help": help})
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True, slots=True)
class Settings:
    """All that an operator may set; units stand in the names."""

    base: str = _setting(
        "http://127.0.0.1:8000", "public address of the site; every IRI of the registry begins with it"
    )
    data: str = _setting("var", "folder of the store, the archive and the list of sources")
    store: str = _setting("", "folder of the embedded store, or the address of a SPARQL 1.1 server; empty: DATA/store")
    store_update: str = _setting("", "address for updates of that server, where it differs from its query address")
    title: str = _setting("OSPO Atlas", "name of the site")
    contact: str = _setting(
        "https://ospo-atlas.example/contact", "where a publisher can write to us; part of the User-Agent"
    )
    host: str = _setting("127.0.0.1", "address that `ospo serve` listens on")
    port: int = _setting(8000, "port that `ospo serve` listens on")
    threads: int = _setting(8, "threads of the web process")

    interval_hours: float = _setting(24.0, "how often a source is read again")
    max_interval_hours: float = _setting(
        168.0, "the longest that interval grows for a source that has not changed for long (a tenth of that time)"
    )
    listed_offices: int = _setting(
        1000, "offices of one list whose home pages are looked at for descriptions of their own; 0: none"
    )
    concurrency: int = _setting(20, "hosts read at the same time (one request at a time on each)")
    delay_seconds: float = _setting(
        1.0, "pause between two requests to one host, unless its robots.txt states a Crawl-delay"
    )
    max_delay_seconds: float = _setting(60.0, "the longest Crawl-delay that is honoured")
    connect_seconds: float = _setting(5.0, "limit for connecting, and for each read")
    fetch_seconds: float = _setting(15.0, "limit for one fetch, name look-up and redirects included")
    max_bytes: int = _setting(1_048_576, "largest body, on the wire and decompressed")
    max_redirects: int = _setting(3, "redirects followed in one fetch")
    ports: tuple[int, ...] = _setting((80, 443), "ports that may be contacted")
    allow_networks: tuple[str, ...] = _setting(
        (), "networks that may be contacted although they are not public (tests)"
    )
    resolve: Mapping[str, str] = _setting({}, "host = address:port, asked instead of the DNS (like curl --connect-to)")
    transient_grace_days: float = _setting(30.0, "how long the copy of an unreachable source is served")
    gone_grace_days: float = _setting(7.0, "how long the copy of a vanished source (404, 410) is served")
    verification_days: float = _setting(30.0, "how long a verification holds after the source was last verified")
    event_days: float = _setting(730.0, "how long the events of a source are kept in the store; the archive keeps all")

    reader_workers: int = _setting(2, "processes that read and validate documents")
    reader_seconds: float = _setting(30.0, "limit for reading and validating one document")
    reader_memory_mb: int = _setting(700, "memory of one reader process")
    query_workers: int = _setting(2, "processes that run visitors' queries")
    query_seconds: float = _setting(5.0, "limit for one query")
    query_memory_mb: int = _setting(700, "memory of one query process")
    max_query_bytes: int = _setting(8192, "longest query text")
    max_rows: int = _setting(10_000, "rows (or triples) that one query returns")
    max_answer_bytes: int = _setting(4_194_304, "bytes that one query returns")

    sources: tuple[Source, ...] = field(default=(), metadata={"help": "the sources, as [[sources]] tables"})

    @property
    def store_location(self) -> str:
        """The folder or the address of the store."""
        return self.store or str(Path(self.data) / "store")


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ, **flags: object) -> Settings:
    """Return the settings: as shipped (defaults.toml), then the file, the environment, and `flags` that are not None.

    Without `path`, `ospo.toml` in the current folder is read when it is there.
    Raises SettingsError for an unknown key (with the nearest name) or a value of the wrong type.
    """
    values: dict[str, object] = tomllib.loads(
        (files("registry") / "data" / "defaults.toml").read_text(encoding="utf-8")
    )
    file = path or Path("ospo.toml")
    if path or file.is_file():
        try:
            values |= tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(f"{file}: cannot be read as TOML: {error}") from error
    # OSPO_STORE=… is a setting; variables of other programs that begin so are told apart by their names
    values |= {
        name: environ[f"OSPO_{name.upper()}"] for name in _NAMES - {"sources"} if f"OSPO_{name.upper()}" in environ
    }
    values |= {name: value for name, value in flags.items() if value is not None}
    return Settings(**{name: _typed(name, value) for name, value in values.items()})


_NAMES = {item.name for item in fields(Settings)}
_DEFAULTS: dict[str, Any] = {name: getattr(Settings(), name) for name in _NAMES}


def _typed(name: str, value: object) -> Any:
    if name not in _NAMES:
        near = difflib.get_close_matches(name, _NAMES, n=1)
        raise SettingsError(f"unknown setting {name!r}" + (f": did you mean {near[0]!r}?" if near else ""))
    if name == "sources":
        return tuple(source_from(item) for item in _list(name, value))
    default = _DEFAULTS[name]
    try:
        if isinstance(default, Mapping):
            pairs = (
                value.items()
                if isinstance(value, Mapping)
                else (item.split("=", 1) for item in str(value).split(",") if item)
            )
            return {str(host): str(address) for host, address in pairs}
        if isinstance(default, tuple):
            items = value.split(",") if isinstance(value, str) else _list(name, value)
            return tuple((int if name == "ports" else str)(item) for item in items if item != "")
        return type(default)(value)
    except (TypeError, ValueError) as error:
        raise SettingsError(f"setting {name!r}: {value!r} is not of the kind {type(default).__name__}") from error


def _list(name: str, value: object) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise SettingsError(f"setting {name!r}: {value!r} is not a list")
    return list(value)


def source_from(item: object) -> Source:
    """Return the source that a table of TOML or YAML describes; raises SettingsError where it is wrong."""
    if not isinstance(item, Mapping):
        raise SettingsError(f"a source is a table with id and url, not {item!r}")
    known = {entry.name for entry in fields(Source)}
    for key in item:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            raise SettingsError(
                f"source {item.get('id', '?')}: unknown key {key!r}" + (f": did you mean {near[0]!r}?" if near else "")
            )
    try:
        kinds = {"kind": SourceKind(item.get("kind", "description")), "layer": Layer(item.get("layer", "imported"))}
        return Source(**{**item, **kinds, "rank": int(item.get("rank", 100))})
    except (TypeError, ValueError) as error:
        raise SettingsError(f"source {item.get('id', '?')}: {error}") from error


def table() -> str:
    """Return the settings as a Markdown table: name, default, help."""
    rows = ["| setting | default | what it is |", "| --- | --- | --- |"]
    for item in fields(Settings):
        value = _DEFAULTS[item.name]
        shown = ", ".join(map(str, value)) if isinstance(value, tuple) else "" if value == {} else str(value)
        default = f"`{shown}`" if shown else ""
        rows.append(f"| `{item.name}` | {default} | {item.metadata['help']} |")
    return "\n".join(rows)
