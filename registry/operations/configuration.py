"""Where settings come from: the defaults, a TOML file, `OSPO_*` variables and flags, the later before the earlier."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from registry.errors import SettingsError
from registry.setting_types import SettingType, abbreviated, checked, nearest, unknown
from registry.settings import TYPES, Settings
from registry.sources.declared import SHIPPED, source_from
from registry.sources.list_file import parse_toml

_PREFIX = "OSPO_"
_MISSPELT = 0.75  # likeness from which on a variable is taken for a misspelt setting, not for another program's


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ, **flags: object) -> Settings:
    """Return the settings: as shipped (defaults.toml), then the file, the environment, and `flags` that are not None.

    Without `path`, `ospo.toml` in the current folder is read when it is there. A variable or a flag is a text: numbers
    as digits, lists with commas, `resolve` as `host=address:port`. Raises SettingsError for an unknown key (with the
    nearest name), and for a value that is not allowed, even where a later one replaces it.
    """
    values = _from_table(tomllib.loads(SHIPPED.read_text(encoding="utf-8")))
    file = path or Path("ospo.toml")
    if path or file.is_file():
        values |= _from_file(file)
    values |= _from_variables(environ)
    given = {name: value for name, value in flags.items() if value is not None}
    return Settings(**values | {name: _from_text(name, value, f"flag --{name}") for name, value in given.items()})


def _from_file(file: Path) -> dict[str, Any]:
    try:
        if file.exists() and not file.is_file():  # a pipe might never end
            raise SettingsError("is not a file: give the path of a TOML file")
        return _from_table(parse_toml(file.read_text(encoding="utf-8")))
    except SettingsError as error:
        raise SettingsError(f"{file}: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: cannot be read as TOML: {error}") from error


def _from_table(table: Mapping[str, object]) -> dict[str, Any]:
    values = dict(table)
    if isinstance(sources := values.get("sources"), list):
        values["sources"] = [source_from(source) for source in sources]
    return {name: checked(f"setting {name!r}", _type(name), value) for name, value in values.items()}


def _from_variables(environ: Mapping[str, str]) -> dict[str, Any]:
    values = {}
    for variable in sorted(name for name in environ if name.startswith(_PREFIX)):
        name = variable.removeprefix(_PREFIX).lower()
        if variable == f"{_PREFIX}{name.upper()}" and name in TYPES:
            values[name] = _from_text(name, environ[variable], f"variable {variable}")
        elif near := nearest(name, TYPES, _MISSPELT):
            raise SettingsError(f"unknown variable {abbreviated(variable)}: did you mean {_PREFIX}{near.upper()}?")
    return values


def _from_text(name: str, value: object, origin: str) -> Any:
    return checked(f"setting {name!r} ({origin})", _type(name), value, from_text=True)


def _type(name: str) -> SettingType:
    if name not in TYPES:
        raise unknown("unknown setting", name, TYPES)
    return TYPES[name]
