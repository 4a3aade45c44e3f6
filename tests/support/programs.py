"""The installed program."""

import sys
from pathlib import Path

OSPO = Path(sys.executable).with_name("ospo")
