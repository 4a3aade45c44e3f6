"""The installed program, and how a test waits for what it starts."""

import sys
import time
from pathlib import Path
from urllib.error import URLError

OSPO = Path(sys.executable).with_name("ospo")


def wait_for(probe, seconds=20):
    deadline = time.monotonic() + seconds
    while True:
        try:
            return probe()
        except URLError:
            assert time.monotonic() < deadline, "the site did not start"
            time.sleep(0.05)
