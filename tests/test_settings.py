"""The settings: who wins, what is refused, and that the page for operators tells them all."""

from pathlib import Path

import pytest

from registry.errors import SettingsError
from registry.model import Layer, SourceKind
from registry.settings import Settings, load, table
from tests.support.places import ROOT

PAGE = ROOT / "docs" / "operate.md"


def test_flags_come_before_the_environment_and_that_before_the_file(tmp_path):
    file = tmp_path / "ospo.toml"
    file.write_text('port = 1\nthreads = 2\ntitle = "File"\n', encoding="utf-8")
    settings = load(file, {"OSPO_PORT": "10", "OSPO_THREADS": "20"}, port=100)
    assert (settings.port, settings.threads, settings.title) == (100, 20, "File")


def test_the_shipped_settings_name_the_live_public_lists():
    sources = load(environ={}).sources
    assert {source.id for source in sources} >= {"floss-pso", "codegouvfr", "os2"}
    assert all(source.url.startswith("https://") and source.kind is SourceKind.LIST for source in sources)
    assert {source.layer for source in sources} == {Layer.IMPORTED}


def test_an_unknown_key_is_an_error_with_the_nearest_name(tmp_path):
    file = tmp_path / "ospo.toml"
    file.write_text("max_byte = 1\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="did you mean 'max_bytes'"):
        load(file, {})


@pytest.mark.parametrize(
    "text",
    [
        'port = "many"',
        "sources = 3",
        "[[sources]]\nid = 'a'",
        "[[sources]]\nid = 'a'\nurl = 'https://a.example'\nkind = 'book'",
        "[[sources]]\nid = 'a'\nurl = 'https://a.example'\nkindd = 'list'",
        "port = ",
    ],
)
def test_what_cannot_be_understood_is_refused_with_its_name(tmp_path, text):
    file = tmp_path / "ospo.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError):
        load(file, {})


def test_lists_and_tables_can_be_given_by_the_environment():
    settings = load(
        environ={"OSPO_PORTS": "80,8080", "OSPO_RESOLVE": "a.example=127.0.0.1:8", "OSPO_ALLOW_NETWORKS": "127.0.0.0/8"}
    )
    assert settings.ports == (80, 8080)
    assert settings.resolve == {"a.example": "127.0.0.1:8"}
    assert settings.allow_networks == ("127.0.0.0/8",)


def test_the_page_for_operators_shows_the_table_as_the_program_prints_it():
    text = PAGE.read_text(encoding="utf-8")
    shown = text.partition("<!-- settings -->\n")[2].partition("\n<!-- /settings -->")[0]
    assert shown == table(), "replace what stands between the two marks by the output of `ospo settings`"


def test_the_store_stands_in_the_data_folder_unless_said_otherwise():
    assert Settings(data="d").store_location == str(Path("d") / "store")
    assert Settings(store="http://127.0.0.1:1/sparql").store_location == "http://127.0.0.1:1/sparql"
