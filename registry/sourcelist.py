"""The operator's own list of sources, a TOML file in the data folder that a person can read and edit."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from registry.errors import SettingsError
from registry.model import Source
from registry.settings import source_from


def read(path: Path) -> tuple[Source, ...]:
    """Return the sources of the list; none when there is no such file. Raises SettingsError where it is wrong."""
    if not path.is_file():
        return ()
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("sources", [])
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read as TOML: {error}") from error
    return tuple(source_from(table) for table in tables)


def write(path: Path, sources: Iterable[Source]) -> None:
    """Replace the list as a whole, or not at all."""
    lines = ["# Kept by `ospo sources`; may be edited by hand.\n"]
    for source in sources:
        # A JSON string is a TOML basic string, but for DEL and what TOML forbids raw: ensure_ascii escapes it.
        values = {name: value for name, value in asdict(source).items() if value != ""}
        lines.append("[[sources]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items()))
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    draft.write_text("\n".join(lines), encoding="utf-8")
    draft.replace(path)
