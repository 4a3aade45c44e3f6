"""The operator's list survives a round trip, whatever stands in it."""

from dataclasses import replace

import pytest

from registry.errors import SettingsError
from registry.model import Layer, Source, SourceKind
from registry.sources import list_file


def test_what_is_written_is_read_again(tmp_path):
    odd = Source(
        "a",
        "https://a.example/?q=\"x\"&y='z'\\",
        SourceKind.TABLE,
        Layer.COMPILED,
        7,
        "Ümlaut \n 開",
        "https://l.example",
        "csis",
    )
    sources = (odd, replace(odd, id="b", title=""))
    path = tmp_path / "deep" / "sources.toml"
    list_file.write(path, sources)
    assert list_file.read(path) == sources


def test_no_file_is_an_empty_list(tmp_path):
    assert list_file.read(tmp_path / "none.toml") == ()


def test_a_damaged_list_is_refused_by_its_name(tmp_path):
    path = tmp_path / "sources.toml"
    path.write_bytes(b"\xff")
    with pytest.raises(SettingsError, match=r"sources\.toml"):
        list_file.read(path)
