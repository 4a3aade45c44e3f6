"""A disk without space: commands and answers say so, and go on when there is some again. The disk is a real one."""

import subprocess
from contextlib import suppress
from urllib.error import HTTPError

import pytest

from registry.errors import StoreError, is_disk_full
from tests.support.programs import ENVIRONMENT, OSPO
from tests.support.serving import filled, served
from tests.support.sites import get
from tests.support.waiting import until


@pytest.fixture
def disk(tmp_path):
    """The folder `var` on a disk of its own, of 64 MB."""
    folder = tmp_path / "var"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "none", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a disk of memory cannot be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder):
    """Leave no byte free in a folder, and return the file that takes all."""
    filling = folder / "filling"
    with filling.open("wb", buffering=0) as file, suppress(OSError):
        for size in (1 << 16, 1):
            with suppress(OSError):
                while True:
                    file.write(b"x" * size)
    return filling


def said(folder, *arguments):
    return subprocess.run([OSPO, *arguments], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)


def test_a_command_says_that_the_disk_is_full_and_where_and_works_when_it_is_not(disk):
    folder = disk.parent
    (folder / "ospo.toml").write_text("sources = []\n", encoding="utf-8")
    filling = fill(disk)
    for arguments in (["crawl", "--bundled"], ["sources", "add", "https://a.example/"]):
        failed = said(folder, *arguments)
        assert failed.returncode == 2
        *_, last = failed.stderr.splitlines()
        assert last.startswith("ospo: a disk is full: ")
        assert last.endswith("; free space there, and run it again")
        assert "var/" in last
        assert "rebuild" not in last
    filling.unlink()
    assert said(folder, "sources", "add", "https://a.example/").returncode == 0
    assert said(folder, "query", "ASK {}").returncode == 0


def test_a_download_that_cannot_be_kept_is_refused_with_the_reason_and_made_when_it_can(disk):
    filled(disk.parent)
    with served(disk.parent) as running:
        filling = fill(disk)
        with pytest.raises(HTTPError) as refused:
            get(running.site, "/compare.csv?country=FR")
        told = refused.value.read().decode()
        assert (refused.value.code, "the disk of this service is full" in told) == (503, True)
        assert "var" not in told
        until(lambda: "No space left on device: 'var/downloads/" in (disk.parent / "log").read_text(encoding="utf-8"))
        assert get(running.site, "/offices")
        filling.unlink()
        assert get(running.site, "/compare.csv?country=FR").startswith("country,")


def test_what_a_disk_says_is_known_however_it_is_told():
    told = StoreError("the store did not take an update")
    told.__cause__ = OSError("IO error: No space left on device: While appending to file: x")
    assert is_disk_full(told)
    assert not is_disk_full(OSError(2, "No such file or directory"))
