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
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read as TOML: {error}") from error
    tables = found.pop("sources", [])
    if found or not isinstance(tables, list):  # it would be lost when the list is written again
        raise SettingsError(
            f"{path}: {next(iter(found), 'sources')!r} is not a [[sources]] table: correct or delete it"
        )
    try:
        return tuple(source_from(table) for table in tables)
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from error


def write(path: Path, sources: Iterable[Source]) -> None:
    """Replace the list as a whole, or not at all. Raises SettingsError when it cannot be written."""
    lines = ["# Kept by `ospo sources`; may be edited by hand.\n"]
    for source in sources:
        values = {name: value for name, value in asdict(source).items() if value != ""}
        lines.append("[[sources]]\n" + "".join(f"{name} = {_toml(value)}\n" for name, value in values.items()))
    draft = path.with_suffix(".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text("\n".join(lines), encoding="utf-8")
        draft.replace(path)
    except (OSError, UnicodeEncodeError) as error:
        raise SettingsError(f"{path}: cannot be written: {error}") from error


def _toml(value: str | int) -> str:
    """Return a value as TOML: a JSON string is a basic string, but for DEL and the escapes beyond U+FFFF."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
