"""A source as an operator declares it: a [[sources]] table of TOML, with the types and bounds of its keys."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from registry.errors import SettingsError
from registry.iri.addresses import slug
from registry.model import Layer, Source, SourceKind
from registry.setting_types import (
    MAX_URL_BYTES,
    WEB_ADDRESS,
    Number,
    SettingType,
    Text,
    abbreviated,
    checked,
    choice,
    is_line,
    is_source_address,
    is_web_address,
    unknown,
)

SHIPPED = files("registry") / "data" / "defaults.toml"  # the settings as shipped, with their sources

_MAPPINGS = sorted(item.name.removesuffix(".yaml") for item in (files("registry") / "data" / "imports").iterdir())

# `Source.peer` is no key: only the registry learns sources from others.
_TYPES: dict[str, SettingType] = {
    "id": Text("1 to 60 small letters, digits and hyphens between them", lambda text: slug(text) == text, slug),
    "url": Text(
        f"an http://, https:// or file: address of at most {MAX_URL_BYTES} bytes, without spaces and backslashes",
        is_source_address,
    ),
    "kind": choice([str(kind) for kind in SourceKind]),
    "layer": choice([str(layer) for layer in Layer]),
    "rank": Number(0, 1_000_000, whole=True),
    "title": Text("a line of at most 200 characters", is_line),
    "licence": Text(f"empty or {WEB_ADDRESS}", lambda text: text == "" or is_web_address(text)),
    "mapping": Text(f"empty or one of {', '.join(_MAPPINGS)}", lambda text: text in ("", *_MAPPINGS)),
}


def source_from(table: object) -> Source:
    """Return the source that a table describes. Raises SettingsError where a key or a value is not allowed."""
    if not isinstance(table, Mapping):
        raise SettingsError(f"a source is {abbreviated(table)}, but must be a table with id and url")
    source = f"source {abbreviated(table.get('id', '?'))}"
    for key in table:
        if key not in _TYPES:
            raise unknown(f"{source}: unknown key", key, _TYPES)
    for key in ("id", "url"):
        if key not in table:
            raise SettingsError(f"{source}: {key!r} is missing: it must be {_TYPES[key]}")
    values = {key: checked(f"{source}: {key!r}", _TYPES[key], value) for key, value in table.items()}
    kind, mapping = SourceKind(values.get("kind", SourceKind.DESCRIPTION)), values.get("mapping", "")
    if (kind is SourceKind.TABLE) != bool(mapping):
        raise SettingsError(
            f"{source}: 'kind' is {str(kind)!r} and 'mapping' is {mapping!r}, but a table, and only a table, is read "
            f"by a mapping: one of {', '.join(_MAPPINGS)}"
        )
    return Source(**{**values, "kind": kind, "layer": Layer(values.get("layer", Layer.IMPORTED))})
