"""The operator's list survives a round trip, whatever stands in it, and keeps what its operator wrote beside it."""

from dataclasses import replace

import pytest

from registry.errors import SettingsError
from registry.model import Layer, Source, SourceKind
from registry.sources import list_file

A = Source("a", "https://a.example")
NEW = Source("new", "https://new.example", SourceKind.LIST)
LIST = """\
# Ours; call the ministry before you change anything.

# Nordic countries
[[sources]]
id = "a"   # the first
url = "https://a.example"
# rank = 3

# B moved here in May
  [[ "sources" ]]  # unusual, and TOML
url = "https://b.example"
# the title is theirs
title = '''
B'''
id = "b"\r
\r
# C
[[sources]]
id = "c"
url = "https://c.example"
# the end"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "sources.toml"


def fill(path, text):
    path.parent.mkdir()
    path.write_bytes(text.encode())


def test_what_is_written_is_read_again(path):
    full = Source(
        "a",
        "https://a.example/?q=\"x\"&y='z'",
        SourceKind.TABLE,
        Layer.COMPILED,
        7,
        "Ümlaut # [[sources]] \\ 開 😀",
        "https://l.example",
        "csis",
    )
    sources = (full, replace(full, id="b", title=""))
    for source in sources:
        list_file.add(path, source)
    assert list_file.read(path) == sources
    assert path.read_text(encoding="utf-8").startswith(
        "# Kept by `ospo sources`; may be edited by hand.\n\n[[sources]]"
    )


def test_no_file_is_an_empty_list(path):
    assert list_file.read(path) == ()


def test_adding_changes_nothing_of_what_is_there(path):
    fill(path, LIST)
    before = list_file.read(path)
    list_file.add(path, NEW)
    assert path.read_bytes().decode() == (
        LIST
        + '\n\n[[sources]]\nid = "new"\nurl = "https://new.example"\nkind = "list"\nlayer = "imported"\nrank = 100\n'
    )
    assert list_file.read(path) == (*before, NEW)


@pytest.mark.parametrize(
    ("identifier", "first", "last"),
    [
        ("a", "[[sources]]\nid", 'url = "https://a.example"\n'),
        ("b", '  [[ "sources" ]]', 'id = "b"\r\n'),
        ("c", '[[sources]]\nid = "c"', '"https://c.example"\n'),
    ],
)
def test_removing_takes_away_the_lines_of_the_table_and_no_others(path, identifier, first, last):
    fill(path, LIST)
    before = list_file.read(path)
    list_file.remove(path, identifier)
    start, end = LIST.index(first), LIST.index(last) + len(last)
    assert path.read_bytes().decode() == LIST[:start] + LIST[end:]
    assert list_file.read(path) == tuple(source for source in before if source.id != identifier)


def test_adding_and_removing_one_leaves_the_list_as_it_was(path):
    fill(path, LIST + "\n")
    list_file.add(path, NEW)
    list_file.remove(path, "new")
    assert path.read_bytes().decode() == LIST + "\n\n"
    for source in list_file.read(path):
        list_file.remove(path, source.id)
    assert list_file.read(path) == ()
    assert [line for line in path.read_text().split("\n") if line.startswith("#")] == [
        *("# Ours; call the ministry before you change anything.", "# Nordic countries", "# rank = 3"),
        *("# B moved here in May", "# C", "# the end"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        'sources = [{id = "a", url = "https://a.example"}]\n',
        '[[sources]]\nid = "a"\nurl = "https://a.example"\ntitle = """\\\n[[sources]]"""\n',
    ],
)
def test_a_list_in_which_a_table_cannot_be_told_apart_is_left_as_it_is(path, text):
    fill(path, text)
    sources = list_file.read(path)
    assert [source.id for source in sources] == ["a"]
    with pytest.raises(SettingsError, match=r"sources\.toml: .*: change it by hand"):
        list_file.remove(path, "a")
    assert path.read_text() == text


def test_a_list_of_another_form_is_not_added_to(path):
    fill(path, "sources = []\n")
    with pytest.raises(SettingsError, match=r"sources\.toml: .*: change it by hand"):
        list_file.add(path, NEW)
    assert path.read_text() == "sources = []\n"


@pytest.mark.parametrize("content", [b"\xff", b"a = " + b"[" * 100_000, b"a = " + b"9" * 5000])
def test_a_damaged_list_is_refused_by_its_name(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    for act in (list_file.read, lambda path: list_file.add(path, NEW), lambda path: list_file.remove(path, "a")):
        with pytest.raises(SettingsError, match=r"sources\.toml: cannot be read as TOML"):
            act(path)
    assert path.read_bytes() == content


def test_a_list_that_cannot_be_written_stays_as_it_is(path):
    fill(path, LIST)
    path.with_suffix(".tmp").mkdir()
    with pytest.raises(SettingsError, match=r"sources\.toml: cannot be written"):
        list_file.add(path, NEW)
    assert path.read_bytes().decode() == LIST
