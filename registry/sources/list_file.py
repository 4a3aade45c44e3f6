"""The operator's own list of sources, a TOML file in the data folder that a person reads and edits too.

A source is added and removed as text, so that every comment and the order stay: removing a table takes away the lines
of its keys, and no others. What is written must read as what was meant; else the file is left as it is.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from registry.errors import SettingsError
from registry.model import Source
from registry.sources.declared import source_from

_INTRODUCTION = "# Kept by `ospo sources`; may be edited by hand.\n"
_HEADER = re.compile(r"""^[ \t]*\[\[[ \t]*(?:sources|"sources"|'sources')[ \t]*\]\]""", re.MULTILINE)


def read(path: Path) -> tuple[Source, ...]:
    """Return the sources of the list; none when there is no such file. Raises SettingsError where it is wrong."""
    return _sources(path, _text(path))


def add(path: Path, source: Source) -> None:
    """Write a source at the end of the list. Raises SettingsError where the list is wrong or cannot be written."""
    text = _text(path) or _INTRODUCTION
    values = {name: value for name, value in asdict(source).items() if value != ""}
    lines = "".join(f"{name} = {_toml(value)}\n" for name, value in values.items())
    end = "" if text.endswith("\n") else "\n"
    _replace(path, f"{text}{end}\n[[sources]]\n{lines}", (*_sources(path, text), source))


def remove(path: Path, identifier: str) -> None:
    """Remove the source of that id from the list. Raises SettingsError where it is wrong or cannot be written."""
    text = _text(path)
    sources = _sources(path, text)
    starts = [header.start() for header in _HEADER.finditer(text)]
    for source, start, end in zip(sources, starts, [*starts[1:], len(text)], strict=False):
        if source.id == identifier:
            text = text[:start] + _after_last_key(text[start:end]) + text[end:]
            break
    _replace(path, text, tuple(source for source in sources if source.id != identifier))


def _after_last_key(table: str) -> str:
    """Return the comments and empty lines at the end of a table; they may introduce the next one."""
    lines = table.split("\n")
    last = max(number for number, line in enumerate(lines) if line.strip() and not line.lstrip().startswith("#"))
    return "\n".join(lines[last + 1 :])


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8") if path.is_file() else ""  # line ends stay as they are
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read as TOML: {error}") from error


def parse_toml(text: str) -> dict[str, Any]:
    """Return what a TOML document holds. Raises SettingsError with the line, and without the name of a file."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # not TOML, a number without end, brackets without end
        raise SettingsError(f"cannot be read as TOML: {error}") from error


def _sources(path: Path, text: str) -> tuple[Source, ...]:
    try:
        document = parse_toml(text)
        tables = document.pop("sources", [])
        if document or not isinstance(tables, list):
            raise SettingsError(f"{next(iter(document), 'sources')!r} is not a [[sources]] table: correct or delete it")
        return tuple(source_from(table) for table in tables)
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from error


def _replace(path: Path, text: str, meant: tuple[Source, ...]) -> None:
    """Replace the file as a whole, or not at all."""
    try:
        is_meant = _sources(path, text) == meant
    except SettingsError:
        is_meant = False
    if not is_meant:
        raise SettingsError(f"{path}: its sources do not all stand as [[sources]] tables: change it by hand")
    draft = path.with_suffix(".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(text.encode("utf-8"))
        draft.replace(path)
    except (OSError, UnicodeEncodeError) as error:
        raise SettingsError(f"{path}: cannot be written: {error}") from error


def _toml(value: str | int) -> str:
    """Return a value as TOML: a JSON string is a basic string, but for DEL and the escapes beyond U+FFFF."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
