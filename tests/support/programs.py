"""The installed program, and the environment in which nothing takes it too long."""

import os
import sys
from pathlib import Path

from tests.support.waiting import LONG

OSPO = Path(sys.executable).with_name("ospo")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("OSPO_")} | {
    f"OSPO_{limit}_SECONDS": str(LONG) for limit in ("CONNECT", "FETCH", "READER", "QUERY")
}
