"""Which sources this registry publishes to others: those that its operator declared, at public addresses; pure."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from pyoxigraph import NamedNode

from registry.iri.addresses import BUNDLED
from registry.model import Outcome, SourceKind, SourceState

_LOCAL = (".localhost", ".local", ".internal", ".home.arpa")
_KINDS = (SourceKind.DESCRIPTION, SourceKind.LIST)


def is_kept(state: SourceState) -> bool:
    """Return whether the registry publishes its copy of a source: it is served, and was read at the origin."""
    served = state.accepted_record != "" and not state.archived and not state.copied_from
    return served and state.source.kind in _KINDS and is_published(state)


def is_published(state: SourceState) -> bool:
    """Return whether the registry publishes a source: it is declared here, and others can read its address."""
    source = state.source
    if source.peer or state.outcome is Outcome.WITHDRAWN:
        return False
    return not source.url.startswith(BUNDLED) and _is_public(source.url)


def _is_public(url: str) -> bool:
    """Return whether an address is an IRI, without user name, on a host that is not local."""
    try:
        parts = urlsplit(url)
        name = (parts.hostname or "").rstrip(".")
        NamedNode(url)
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or parts.username is not None or parts.password is not None:
        return False
    try:
        return ip_address(name).is_global
    except ValueError:
        return "." in name and not name.endswith(_LOCAL)
