"""Where settings come from: who wins, what is refused, and that nothing passes unseen."""

import os
import string
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.errors import SettingsError
from registry.iri.addresses import BUNDLED
from registry.model import Layer, Source, SourceKind
from registry.operations.configuration import load
from registry.setting_types import abbreviated
from registry.settings import TYPES, Settings
from registry.sources.declared import source_from


@pytest.fixture
def file(tmp_path):
    return tmp_path / "ospo.toml"


def refused(*arguments, **flags):
    with pytest.raises(SettingsError) as caught:
        load(*arguments, **flags)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_flags_come_before_the_environment_and_that_before_the_file(file):
    file.write_text('port = 1\nthreads = 2\ntitle = "File"\n', encoding="utf-8")
    found = load(file, {"OSPO_PORT": "10", "OSPO_THREADS": "20"}, port="100", host=None)
    assert (found.port, found.threads, found.title, found.host) == (100, 20, "File", "127.0.0.1")


def test_the_shipped_settings_name_the_live_public_lists_and_the_table_that_comes_with_the_program():
    sources = load(environ={}).sources
    lists, (table,) = sources[:-1], sources[-1:]
    assert {source.id for source in lists} >= {"floss-pso", "codegouvfr", "os2"}
    assert all(source.url.startswith("https://") and source.kind is SourceKind.LIST for source in lists)
    assert (table.id, table.kind, table.url) == ("csis-2022", SourceKind.TABLE, f"{BUNDLED}csis-2022.csv")
    assert {source.layer for source in sources} == {Layer.IMPORTED}


def test_lists_and_tables_can_be_given_by_the_environment():
    found = load(
        environ={
            "OSPO_PORTS": "80, 8080",
            "OSPO_RESOLVE": "a.example=127.0.0.1:8,b.example=[::1]:9",
            "OSPO_ALLOW_NETWORKS": "127.0.0.0/8",
            "OSPO_DELAY_SECONDS": "0.5",
        }
    )
    assert found.ports == (80, 8080)
    assert found.resolve == {"a.example": "127.0.0.1:8", "b.example": "[::1]:9"}
    assert found.allow_networks == ("127.0.0.0/8",)
    assert found.delay_seconds == 0.5
    assert load(environ={"OSPO_ALLOW_NETWORKS": "", "OSPO_RESOLVE": ""}).allow_networks == ()


def test_a_source_is_read_with_every_key(file):
    file.write_text(
        '[[sources]]\nid = "a"\nurl = "https://é.example/x"\nkind = "table"\nlayer = "compiled"\nrank = 0\n'
        'title = "A"\nlicence = "https://l.example"\nmapping = "csis"\n[[sources]]\nid = "b"\nurl = "file:///b.yaml"\n',
        encoding="utf-8",
    )
    table, layer = SourceKind.TABLE, Layer.COMPILED
    full = Source("a", "https://é.example/x", table, layer, 0, "A", "https://l.example", "csis")
    assert load(file, {}).sources == (full, Source("b", "file:///b.yaml"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("max_byte = 1", "unknown setting 'max_byte': did you mean 'max_bytes'?"),
        ("zzz = 1", "unknown setting 'zzz'"),
        ("port = true", "setting 'port' is True, but must be a whole number from 1 to 65535"),
        ("port = 1979-05-27", "setting 'port' is datetime.date(1979, 5, 27), but must be a whole number"),
        ("port = 0x" + "f" * 5000, "setting 'port' is a number of thousands of digits, but must be a whole number"),
        ("event_days = inf", "setting 'event_days' is inf, but must be a number from 1 to 36500"),
        ("event_days = nan", "setting 'event_days' is nan, but must be a number from 1 to 36500"),
        ('ports = "80"', "setting 'ports' is '80', but must be a list of 1 to 100 whole numbers from 1 to 65535"),
        ('resolve = "a.example=127.0.0.1:8"', "setting 'resolve' is 'a.example=127.0.0.1:8', but must be a table"),
        ("sources = 3", "setting 'sources' is 3, but must be a list of [[sources]] tables"),
        ("sources = [3]", "a source is 3, but must be a table with id and url"),
        ("sources = {id = 'a'}", "setting 'sources' is {'id': 'a'}, but must be a list of [[sources]] tables"),
        ("port = ", "cannot be read as TOML: Invalid value (at end of document)"),
        ("port = 1\nport = 2", "cannot be read as TOML: Cannot overwrite a value"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_and_what_is_wrong(file, text, words):
    file.write_text(text, encoding="utf-8")
    error = refused(file, {})
    assert error.startswith(f"{file}: {words}")
    assert refused(file, {"OSPO_PORT": "1", "OSPO_EVENT_DAYS": "1"}, port="2") == error, "though a later value is right"


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("url = 'https://a.example'", "source '?': 'id' is missing: it must be 1 to 60 small letters"),
        ("id = 'a'", "source 'a': 'url' is missing: it must be an http://, https:// or file: address"),
        ("id = 'A b'\nurl = 'https://a.example'", "source 'A b': 'id' is 'A b', but must be 1 to 60 small letters, "),
        ("id = 'A b'\nurl = 'https://a.example'", "did you mean 'a-b'?"),
        ("id = ''\nurl = 'https://a.example'", "'id' is '', but must be"),
        ("id = 1\nurl = 'https://a.example'", "source 1: 'id' is 1, but must be"),
        ("id = 'a'\nurl = 'ftp://a.example'", "'url' is 'ftp://a.example', but must be an http://"),
        ("id = 'a'\nurl = 'a.example'", "'url' is 'a.example', but must be an http://"),
        ("id = 'a'\nurl = 'https://'", "'url' is 'https://', but must be an http://"),
        ("id = 'a'\nurl = 'https://a b'", "'url' is 'https://a b', but must be an http://"),
        ('id = "a"\nurl = "https://a\\u0000"', "'url' is 'https://a\\x00', but must be an http://"),
        (f"id = 'a'\nurl = 'https://a.example/{'é' * 2000}'", "of at most 2048 bytes"),
        ("id = 'a'\nurl = 'https://a.example'\nkind = 'lists'", "'kind' is 'lists', but must be one of description, "),
        ("id = 'a'\nurl = 'https://a.example'\nkind = 'lists'", "did you mean 'list'?"),
        ("id = 'a'\nurl = 'https://a.example'\nlayer = 'compild'", "did you mean 'compiled'?"),
        ("id = 'a'\nurl = 'https://a.example'\nkindd = 'list'", "unknown key 'kindd': did you mean 'kind'?"),
        ("id = 'a'\nurl = 'https://a.example'\npeer = 'b'", "unknown key 'peer'"),
        (
            "id = 'a'\nurl = 'https://a.example'\nrank = -1",
            "'rank' is -1, but must be a whole number from 0 to 1000000",
        ),
        ("id = 'a'\nurl = 'https://a.example'\nrank = true", "'rank' is True, but must be a whole number"),
        ("id = 'a'\nurl = 'https://a.example'\ntitle = 3", "'title' is 3, but must be a line of at most 200"),
        ("id = 'a'\nurl = 'https://a.example'\nlicence = 'CC0'", "'licence' is 'CC0', but must be empty or an http"),
        (
            "id = 'a'\nurl = 'https://a.example'\nkind = 'table'",
            "a table, and only a table, is read by a mapping: one of",
        ),
        ("id = 'a'\nurl = 'https://a.example'\nmapping = 'no'", "'mapping' is 'no', but must be empty or one of csis"),
    ],
)
def test_a_wrong_source_is_refused_with_its_id_and_what_is_wrong(file, keys, words):
    file.write_text(f"[[sources]]\n{keys}\n", encoding="utf-8")
    assert words in refused(file, {})


@pytest.mark.parametrize(
    ("variable", "text", "words"),
    [
        (
            "OSPO_PORT",
            "70000",
            "setting 'port' (variable OSPO_PORT) is '70000', but must be a whole number from 1 to 65535",
        ),
        *(
            ("OSPO_PORT", text, f"is {text!r}, but must be")
            for text in ("", "many", " 80", "8_0", "٨٠", "0x50", "80.0")
        ),
        *(
            ("OSPO_EVENT_DAYS", text, f"is {text!r}, but must be")
            for text in ("nan", "inf", "1e3", "-1", "1.", "9" * 40)
        ),
        ("OSPO_PORTS", "80,,443", "is '80,,443', but must be a list of 1 to 100 whole numbers"),
        ("OSPO_PORTS", "", "is '', but must be a list of 1 to 100 whole numbers"),
        ("OSPO_RESOLVE", "a.example", "is 'a.example', but must be a table of host names"),
        ("OSPO_SOURCES", "a", "is 'a', but must be a list of [[sources]] tables"),
        ("OSPO_TITLE", "\udc80", "is '\\udc80', but must be a line"),
        ("OSPO_MAX_BYTE", "1", "unknown variable 'OSPO_MAX_BYTE': did you mean OSPO_MAX_BYTES?"),
        ("OSPO_TREADS", "1", "unknown variable 'OSPO_TREADS': did you mean OSPO_THREADS?"),
        ("OSPO_port", "1", "unknown variable 'OSPO_port': did you mean OSPO_PORT?"),
    ],
)
def test_a_wrong_variable_is_refused_by_its_name(variable, text, words):
    assert words in refused(None, {variable: text})


def test_variables_of_other_programs_are_left_alone():
    assert load(environ={"OSPO_SHARED": "/srv", "OSPO_KILLS": "6", "PORT": "x", "XOSPO_PORT": "x"}) == load(environ={})


def test_a_flag_is_refused_by_its_name():
    expected = "setting 'port' (flag --port) is '0', but must be a whole number from 1 to 65535"
    assert refused(None, {}, port="0") == expected


def test_what_is_no_file_is_refused_and_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        assert refused(path, {}) == f"{path}: is not a file: give the path of a TOML file"
    assert refused(tmp_path / "none.toml", {}).startswith(f"{tmp_path / 'none.toml'}: cannot be read as TOML")


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-1, 70_000),
    st.floats(),
    st.text(max_size=30),
    st.text(st.characters(codec=None), max_size=10),
    st.text(string.ascii_lowercase + string.digits + ":/.?#%@[]- ", max_size=30),
    st.sampled_from(["http://a.example", "https://a.example:8", "127.0.0.1:8", "10.0.0.0/8", "list", "csis", 1e300]),
    st.just(date(2020, 1, 1)),
    st.integers(4000, 5000).map(lambda exponent: 16**exponent),
)
KEYS = st.one_of(st.text(max_size=10), st.sampled_from(["a.example", "id", "url", "kind", "rank", "layer", "mapping"]))
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=8
)


def read(make):
    """Return what is made, or the text of a SettingsError."""
    try:
        return make()
    except SettingsError as error:
        return str(error)


def contradicts(text, name):
    """Return whether an error names this setting and the one that it contradicts."""
    return repr(name) in text and ("but must be at least '" in text or "but must be empty while '" in text)


@settings(max_examples=600)
@given(st.sampled_from(sorted(TYPES)), VALUES)
def test_any_value_of_any_setting_is_within_the_bounds_or_refused_by_name_and_value(name, value):
    found = read(lambda: Settings(**{name: value}))
    if isinstance(found, str):
        assert f"{name!r} is {abbreviated(value)}, but must be " in found or contradicts(found, name)
    else:
        assert TYPES[name].read(getattr(found, name)) == getattr(found, name)


@settings(max_examples=300)
@given(st.sampled_from(sorted(TYPES)), st.text(max_size=30) | st.integers().map(str))
def test_any_text_of_a_variable_is_read_or_refused_by_name_and_value(name, text):
    found = read(lambda: load(environ={f"OSPO_{name.upper()}": text}))
    if isinstance(found, str):
        origin = f" (variable OSPO_{name.upper()})"
        assert f"setting {name!r}{origin} is {abbreviated(text)}, but must be " in found or contradicts(found, name)
    else:
        assert TYPES[name].read(getattr(found, name)) == getattr(found, name)


@settings(max_examples=600)
@given(
    st.fixed_dictionaries(
        {"id": st.just("a") | SCALARS, "url": st.just("https://a.example") | SCALARS},
        optional=dict.fromkeys(("kind", "layer", "rank", "title", "licence", "mapping"), SCALARS),
    )
)
def test_any_table_is_a_source_or_refused_by_its_id_and_the_key_that_is_wrong(table):
    found = read(lambda: source_from(table))
    if isinstance(found, str):
        assert found.startswith(f"source {abbreviated(table['id'])}: ")
        assert any(f"{key!r} is {abbreviated(value)}" in found for key, value in table.items())
    else:
        assert {key: getattr(found, key) for key in table} == table
