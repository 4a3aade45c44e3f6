"""Where the tests find things: the project's root, and the material that is kept beside it."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SHARED = Path(os.environ.get("OSPO_SHARED") or ROOT.parent / "shared")


def shared(path: str) -> Path:
    """Return a file or folder of the shared material; skip the test where it is not at hand."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"{path} is not here: it stands in the folder that OSPO_SHARED names, by default ../shared")
    return found
