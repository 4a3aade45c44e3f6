"""One writer at a time, however the one before ended."""

import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from registry.errors import StoreError
from registry.store.lock import sole_writer

# Takes the locks of the settings whose data folder is the argument, starts a child that outlives it, and waits.
HOLDER = """
import subprocess, sys
from registry.settings import Settings
from registry.store.lock import sole_writer
with sole_writer(Settings(data=sys.argv[1])):
    child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], stdout=subprocess.DEVNULL)
    print(child.pid, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(settings):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, settings.data], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    child = int(process.stdout.readline())
    yield process
    os.kill(child, signal.SIGKILL)
    process.kill()
    process.communicate()


def refusal(settings):
    with pytest.raises(StoreError) as caught, sole_writer(settings):
        pytest.fail("two writers")
    return str(caught.value)


def test_a_second_writer_is_refused_at_once_and_told_what_to_do(settings, holder):
    expected = f"another `ospo` command is writing to {settings.data}/archive: let it end, then try again"
    assert refusal(settings) == expected


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_writer_that_was_killed_leaves_the_way_free_though_its_children_live(settings, holder, end):
    refusal(settings)
    holder.send_signal(end)
    holder.wait()
    with sole_writer(settings):
        refusal(settings)


def test_the_store_is_locked_apart_from_the_archive_and_a_server_is_not(settings, tmp_path):
    elsewhere = {"data": str(tmp_path / "other")}
    shared = replace(settings, store=str(tmp_path / "store"))
    with sole_writer(shared):
        assert "writing to " + shared.store in refusal(replace(shared, **elsewhere))
    server = replace(settings, store="http://127.0.0.1:1/sparql")
    with sole_writer(server), sole_writer(replace(server, **elsewhere)):
        assert not list(tmp_path.glob("http*"))


def test_the_way_is_free_after_an_error(settings):
    with pytest.raises(ZeroDivisionError), sole_writer(settings):
        raise ZeroDivisionError
    with sole_writer(settings):
        pass


def test_a_folder_that_cannot_be_written_is_an_error_of_the_store(settings, tmp_path):
    (tmp_path / "file").touch()
    broken = replace(settings, data=str(tmp_path / "file"))
    assert refusal(broken).startswith(f"{broken.data}/archive cannot be written: ")
