"""Every fetch comes back from the archive as it was, in order, and other programs can read it too."""

import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import registry.archive as archive_module
from registry.archive import Archive
from registry.errors import ArchiveError
from registry.model import Fetch, Layer, Outcome, Source, SourceKind, Step
from tests.support.waiting import LONG

AT = datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=UTC)
SOURCE = Source("fr", "https://a.example/x", SourceKind.TABLE, Layer.COMPILED, 3, "Ümlaut", "https://l.example", "csis")
GOOD = Fetch(SOURCE, AT, "https://a.example/y", 200, (("content-type", "text/yaml"), ("etag", 'W/"é"')), b"url: x\n")

FETCHES = {
    "received": GOOD,
    "empty body": replace(GOOD, body=b""),
    "all bytes": replace(GOOD, body=bytes(range(256)) * 3 + b"\r\n\r\nWARC/1.1\r\n"),
    "large": replace(GOOD, body=b"x" * 1_048_576),
    "headers that HTTP forbids": replace(GOOD, headers=(("x", "a\r\nb: c"), ("x", ""), ("ü", "开"))),
    "headers that were no text": replace(GOOD, headers=(("link", "<\ufffd>; rel=describedby"), ("\ufffd", "x"))),
    "unchanged": replace(GOOD, status=304, body=b"", outcome=Outcome.UNCHANGED),
    "unreachable": Fetch(
        SOURCE, AT, SOURCE.url, outcome=Outcome.UNREACHABLE, reason="Größe\n開", retry_after_seconds=1.5
    ),
    "gone": replace(GOOD, status=404, body=b"<h1>", outcome=Outcome.GONE),
    "status without a phrase": replace(GOOD, status=799),
    "from a file": Fetch(SOURCE, AT, "file:///data/x.csv", body=b"a,b\n"),
    "steps": replace(GOOD, steps=(Step("https://a.example", "404", 404), Step("https://b.example", "refused"))),
}


@pytest.mark.parametrize("name", FETCHES)
def test_a_fetch_comes_back_equal_in_every_field(tmp_path, name):
    Archive(tmp_path).append(FETCHES[name])
    ((_, found),) = Archive(tmp_path).records()
    assert found == FETCHES[name]


def test_the_order_is_that_of_appending_even_when_the_clock_is_set_back(tmp_path):
    moments = [AT, AT + timedelta(days=40), AT - timedelta(days=400), AT]
    for moment in moments:
        Archive(tmp_path).append(replace(GOOD, at=moment))
    archive = Archive(tmp_path)
    assert [fetch.at for _, fetch in archive.records()] == moments
    assert archive.last() == archive.names()[-1]


def test_fetches_that_brought_nothing_share_a_file(tmp_path):
    bare = [fetch for fetch in FETCHES.values() if not fetch.body]
    archive = Archive(tmp_path)
    names = [archive.append(GOOD), archive.append(*bare), archive.append(GOOD)]
    assert Archive(tmp_path).names() == names
    assert list(Archive(tmp_path).records()) == [
        (names[0], GOOD),
        *((names[1], fetch) for fetch in bare),
        (names[2], GOOD),
    ]
    assert len(bare) > 2


def test_fetches_of_every_kind_share_a_file_in_their_order(tmp_path):
    several = [*FETCHES.values(), *reversed(FETCHES.values())]
    Archive(tmp_path).append(*several)
    assert [fetch for _, fetch in Archive(tmp_path).records()] == several
    assert len(Archive(tmp_path).names()) == 1


def test_a_file_has_a_fetch(tmp_path):
    with pytest.raises(ValueError, match="no fetch"):
        Archive(tmp_path).append()
    assert Archive(tmp_path).names() == []


def test_a_draft_left_by_a_crash_is_no_record(tmp_path):
    name = Archive(tmp_path).append(GOOD)
    (tmp_path / name).with_suffix(".tmp").write_bytes(b"half")
    assert Archive(tmp_path).names() == [name]


@pytest.mark.parametrize("damage", [b"", b"not a warc", None])
def test_a_damaged_record_is_named(tmp_path, damage):
    path = tmp_path / Archive(tmp_path).append(GOOD)
    path.write_bytes(path.read_bytes()[:-40] if damage is None else damage)
    with pytest.raises(ArchiveError, match=path.name):
        list(Archive(tmp_path).records())


def test_an_archive_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("", encoding="ascii")
    with pytest.raises(ArchiveError, match="cannot be written"):
        Archive(tmp_path / "file").append(GOOD)


def test_warcio_itself_finds_no_fault(tmp_path):
    archive = Archive(tmp_path)
    paths = [str(tmp_path / archive.append(fetch)) for fetch in FETCHES.values()]
    paths.append(str(tmp_path / archive.append(FETCHES["unchanged"], FETCHES["unreachable"])))
    command = [sys.executable, "-m", "warcio.cli", "check", "-v", *paths]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONG, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("digest pass") >= len(paths)


def filled(folder, count=5):
    archive = Archive(folder)
    return [archive.append(replace(GOOD, body=f"{number}".encode())) for number in range(count)]


def test_a_whole_archive_has_no_faults_and_knows_its_length_and_its_history(tmp_path):
    assert Archive(tmp_path).faults() == []
    names = filled(tmp_path)
    archive = Archive(tmp_path)
    assert archive.faults() == []
    assert (archive.index.records, archive.index.last, archive.index.ledger) == (5, names[-1], True)
    assert archive.index.history == Archive(tmp_path).index.history
    filled(tmp_path / "other")
    assert archive.index.history != Archive(tmp_path / "other").index.history


@pytest.mark.parametrize("place", range(5))
def test_a_file_that_is_missing_is_named_until_the_loss_is_accepted_and_its_number_is_not_given_again(tmp_path, place):
    names = filled(tmp_path)
    (tmp_path / names[place]).unlink()
    (fault,) = Archive(tmp_path).faults()
    assert f"{place + 1:09}" in fault
    archive = Archive(tmp_path)
    archive.accept_faults()
    assert Archive(tmp_path).faults() == []
    name = Archive(tmp_path).append(GOOD)
    assert "/000000006-" in name
    assert Archive(tmp_path).faults() == []


def test_a_foreign_file_and_one_in_another_s_place_are_named(tmp_path):
    names = filled(tmp_path / "here")
    others = filled(tmp_path / "there", 9)
    (tmp_path / "here" / others[8]).write_bytes((tmp_path / "there" / others[8]).read_bytes())
    assert any(others[8] in fault for fault in Archive(tmp_path / "here").faults())
    (tmp_path / "here" / others[8]).unlink()
    Archive(tmp_path / "x").append(replace(GOOD, body=b"another"))
    (strange,) = Archive(tmp_path / "x").names()
    wrong = names[4].replace("000000005", "000000005").rpartition("-")[0] + "-" + strange.rpartition("-")[2]
    (tmp_path / "here" / names[4]).unlink()
    (tmp_path / "here" / wrong).write_bytes((tmp_path / "x" / strange).read_bytes())
    assert any(names[4] in fault for fault in Archive(tmp_path / "here").faults())


def test_a_crash_between_a_file_and_the_index_is_no_fault(tmp_path):
    names = filled(tmp_path)
    index = (tmp_path / "index.json").read_bytes()
    Archive(tmp_path).append(GOOD)
    (tmp_path / "index.json").write_bytes(index)
    archive = Archive(tmp_path)
    assert archive.faults() == []
    assert len(archive.names()) == len(names) + 1
    archive.append(GOOD)
    assert Archive(tmp_path).faults() == []
    assert Archive(tmp_path).index.records == 7


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 4), max_size=8))
def test_crashes_at_any_writings_one_after_the_other_are_no_fault(crashes):
    """Each process writes one file and dies before its n-th write to the disk, or ends well."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        stored = archive_module._store
        for writes in crashes:
            left = iter(range(writes))

            def store(path, content, left=left):
                if next(left, None) is None:
                    raise KeyboardInterrupt
                stored(path, content)

            patch.setattr(archive_module, "_store", store)
            with suppress(KeyboardInterrupt):
                Archive(folder).append(GOOD)
            assert Archive(folder).faults() == []
        patch.setattr(archive_module, "_store", stored)
        archive = Archive(folder)
        archive.append(GOOD)
        assert archive.faults() == Archive(folder).faults() == []
        assert [fetch for _, fetch in archive.records()] == [GOOD] * len(archive.names())


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"history": 1'])
def test_a_damaged_index_is_named(tmp_path, content):
    filled(tmp_path)
    (tmp_path / "index.json").write_bytes(content)
    assert any("index.json is damaged" in fault for fault in Archive(tmp_path).faults())
    archive = Archive(tmp_path)
    archive.accept_faults()
    assert Archive(tmp_path).faults() == []


def test_an_archive_of_before_there_was_an_index_is_whole_and_gets_one(tmp_path):
    filled(tmp_path)
    (tmp_path / "index.json").unlink()
    archive = Archive(tmp_path)
    assert archive.faults() == []
    assert archive.index.ledger is False
    archive.append(GOOD)
    assert (Archive(tmp_path).index.records, Archive(tmp_path).index.ledger) == (6, False)


def test_one_flipped_byte_is_noticed(tmp_path):
    path = tmp_path / filled(tmp_path, 1)[0]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match="damaged"):
        Archive(tmp_path).read(Archive(tmp_path).last())
