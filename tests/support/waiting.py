"""How tests wait: for a state, however long it takes. The time limits here only end what would hang for ever."""

import time
from urllib.error import URLError

LONG = 120.0  # seconds; no test is right or wrong by how much of them it needs


def until(condition):
    """Return what the condition returns as soon as that is true."""
    deadline = time.monotonic() + LONG
    while not (found := condition()):
        assert time.monotonic() < deadline, f"it did not come about within {LONG:g} seconds"
        time.sleep(0.005)
    return found


def answered(probe):
    """Return what the probe returns as soon as the site that it asks has started."""

    def tried():
        try:
            return (probe(),)
        except URLError:
            return ()

    return until(tried)[0]
