"""The settings as a value: within their bounds however they are made, and shown in the README with them."""

from dataclasses import fields, replace
from pathlib import Path

import pytest

from registry.errors import SettingsError
from registry.setting_types import abbreviated
from registry.settings import TYPES, Settings, table
from tests.support.places import ROOT

README = ROOT / "README.md"
PAGE = ROOT / "docs" / "operate.md"
NOT_ALLOWED = {
    "base": [
        *("", "atlas.example", "//atlas.example", "ftp://a.example", "http://", "http:///", "HTTP://a.example"),
        *(
            "http://a.example/",
            "http://a.example/atlas",
            "http://a.example?q",
            "http://a.example#x",
            "http://A.example",
        ),
        *("http://a.example:80", "https://a.example:443", "http://a.example:0", "http://a.example:65536"),
        *("http://a.example:", "http://u@a.example", "http://a%20b", "http://a b", " http://a.example", "http://é.fr"),
        *("http://a.example\n", "http://[::1", "http://[fe80::1%25eth0]", "http://1.2.3", "http://-a.example", 5),
    ],
    "data": ["", " ", "a\0b", "a\n", "x" * 1025, "http://a.example", "file:///srv", True],
    "store": [" ", "a\0b", "ftp://a.example", "file:///srv", "sparql:x", "http:/a.example", "http://", "http://a b"],
    "store_update": ["var", "ftp://a.example", "http://u:p@a.example/update", "http://a.example/#x"],
    "store_visitors": ["var", "ftp://a.example", "http://u:p@a.example/query", "http://a.example/#x"],
    "title": ["", "  ", "a\nb", "\x1b[31m", "\u2028", "\udc80", "x" * 201, ("a",)],
    "contact": ["", "me", "a@b.example", "javascript:alert(1)", "https://a.example/\r\nX: y", "https://a.example/(b)"],
    "host": ["", "a b", "http://a", "*", "[::1]", "A.example", "1.2.3", "127.0.0.1:80", "-a", "a..b", "x" * 254],
    "port": [0, -1, 65_536, 70_000, 8000.0, True, "8000", None, float("nan")],
    "processes": [0, 65],
    "download_seconds": [0.0, 3601],
    "download_memory_mb": [63, 65_537],
    "downloads_mb": [0, 1_048_577],
    "threads": [0, 257, 2.5],
    "max_connections": [9, 100_001],
    "max_connections_of_one": [0, 100_001],
    "head_seconds": [0.0, 3601],
    "body_seconds": [0.0, 3601],
    "write_seconds": [0.0, 3601],
    "stop_seconds": [0.0, 3601],
    "trusted_proxies": ["10.0.0.0/8", ["10.0.0.1/8"], [""]],
    "request_log": ["yes", "", True],
    "interval_hours": [0.0, -1, 8761, float("nan"), float("inf"), 1e300, 10**400, "24", True],
    "max_interval_hours": [0, 8761, float("-inf")],
    "listed_offices": [-1, 100_001],
    "concurrency": [0, 1001],
    "delay_seconds": [-0.1, 3601, float("nan")],
    "max_delay_seconds": [-1, 3601],
    "connect_seconds": [0, 3601],
    "fetch_seconds": [0, 3601],
    "max_bytes": [1023, 33_554_433],
    "max_redirects": [-1, 21],
    "ports": [(), "80", 80, (0,), (65_536,), ("80",), (True,), (80.0,), tuple(range(1, 102)), ((80,),)],
    "allow_networks": ["127.0.0.0/8", ("here",), ("127.0.0.1/8",), ("127.0.0.0/33",), (2130706432,), ("",)],
    "resolve": [
        *("a=b", ["a"], {"a": "127.0.0.1"}, {"a": "127.0.0.1:"}, {"a": "127.0.0.1:0"}, {"a": "127.0.0.1:65536"}),
        *({"a": "b:80"}, {"": "127.0.0.1:80"}, {"a b": "127.0.0.1:80"}, {"a": 80}, {1: "127.0.0.1:80"}, {"a": "::1:x"}),
    ],
    "transient_grace_days": [-1, 1e300, float("nan"), float("inf"), 36_501],
    "gone_grace_days": [-1, 1e300, float("nan")],
    "unreadable_grace_days": [-1, 36_501, float("nan")],
    "hold_days": [-1, 36_501, float("inf")],
    "verification_days": [-1, 1e300],
    "event_days": [0, 0.5, 36_501],
    "events_kept": [0, 100_001],
    "publish_seconds": [0, 86_401],
    "reader_workers": [0, 65],
    "reader_seconds": [0, 3601],
    "reader_memory_mb": [63, 65_537],
    "query_workers": [0, 65],
    "query_seconds": [0, 3601],
    "query_memory_mb": [63, 65_537],
    "max_query_bytes": [63, 1_048_577],
    "max_rows": [0, 1_000_001],
    "max_answer_bytes": [0, 33_554_433],
    "sources": [3, "a", ({"id": "a", "url": "https://a.example"},)],
}
ALLOWED = {
    "base": ["https://atlas.example.org", "http://localhost:8080", "http://[::1]:8000", "http://ospo_atlas:1"],
    "data": ["/srv/ospo atlas", ".", "../données"],
    "store": ["", "/srv/store", "http://127.0.0.1:7878/query", "https://a.example/sparql?graph=x"],
    "title": ["Atlas", "Aтлас 開 <b>", "x" * 200],
    "contact": ["https://a.example/contact?x=1", "mailto:ospo@a.example"],
    "host": ["0.0.0.0", "::", "localhost", "atlas.example", "ospo_atlas"],
    "ports": [[443], (1, 65_535)],
    "allow_networks": [["10.0.0.0/8", "::1/128"], ("127.0.0.1",)],
    "resolve": [{"A.example.": "[::1]:8080"}, {"a.example": "127.0.0.1:1"}],
    "delay_seconds": [0, 0.5],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in NOT_ALLOWED.items() for value in values])
def test_a_value_that_is_not_allowed_is_refused_in_one_line_that_names_key_value_and_bounds(name, value):
    for make in (lambda: Settings(**{name: value}), lambda: replace(Settings(), **{name: value})):
        with pytest.raises(SettingsError) as caught:
            make()
        text = str(caught.value)
        assert text.startswith(f"setting {name!r} is ")
        assert f", but must be {TYPES[name]}" in text
        assert "\n" not in text
        assert len(text) < 500
        assert abbreviated(value) in text


def test_every_setting_has_a_value_that_is_not_allowed():
    assert set(NOT_ALLOWED) == set(TYPES) == {item.name for item in fields(Settings)}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in ALLOWED.items() for value in values])
def test_a_value_within_the_bounds_is_held_in_its_type(name, value):
    held = getattr(Settings(**{name: value}), name)
    assert held == (tuple(value) if isinstance(value, list) else value)
    assert type(held) is type(getattr(Settings(), name))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"interval_hours": 200.0},
            "'max_interval_hours' is 168.0, but must be at least 'interval_hours', which is 200",
        ),
        ({"delay_seconds": 61.0}, "'max_delay_seconds' is 60.0, but must be at least 'delay_seconds', which is 61.0"),
        ({"store_update": "http://a.example/u"}, "'store_update' is 'http://a.example/u', but must be empty while"),
        ({"store_update": "http://a.example/u", "store": "var/store"}, "'store' is not the address of a server"),
        ({"store_visitors": "http://a.example/q"}, "'store_visitors' is 'http://a.example/q', but must be empty while"),
    ],
)
def test_settings_that_contradict_each_other_are_refused_with_both_names(values, words):
    with pytest.raises(SettingsError, match=words):
        Settings(**values)


def test_the_page_for_operators_shows_the_table_as_the_program_prints_it():
    text = PAGE.read_text(encoding="utf-8")
    printed = text.partition("<!-- settings -->\n")[2].partition("\n<!-- /settings -->")[0]
    assert printed == table(), "replace what stands between the two marks by the output of `ospo settings`"


def test_the_store_stands_in_the_data_folder_unless_another_place_is_given():
    assert Settings(data="d").store_location == str(Path("d") / "store")
    assert Settings(store="http://127.0.0.1:1/sparql").store_location == "http://127.0.0.1:1/sparql"
