"""`ospo serve` as a real process on a small registry, and what it counts of itself."""

import contextlib
import re
import subprocess
from pathlib import Path

from registry.settings import Settings
from tests.benchmarks.population import populate
from tests.support.programs import ENVIRONMENT, OSPO
from tests.support.sites import get, own_place
from tests.support.waiting import LONG, answered, until


class Served:
    """A running site: its `process` is the parent of those that serve, `place` is (address, port)."""

    def __init__(self, process, place, folder):
        self.process, self.place, self.folder = process, place, folder
        self.site = f"{place[0]}:{place[1]}"

    def counted(self, name, **labels):
        """Return a number that the site counts."""
        written = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
        pattern = rf"^{name}{re.escape('{' + written + '}') if labels else ''} ([0-9.e+-]+)$"
        return float(re.search(pattern, get(self.site, "/-/metrics"), re.MULTILINE)[1])

    @property
    def processes(self):
        """The processes that serve."""
        return children(self.process.pid)

    @property
    def workers(self):
        """The query workers of the processes that serve."""
        return [pid for process in self.processes for pid in children(process) if "run_queries" in command(pid)]

    def is_calm(self):
        """Return whether nothing is under way but the question itself."""
        rooms = ("pages", "sparql", "downloads")
        busy = sum(self.counted(f"ospo_room_{what}", room=room) for what in ("working", "waiting") for room in rooms)
        return busy == 0 and self.counted("ospo_connections") == 1 and self.counted("ospo_unsent_bytes") == 0


def children(pid):
    """Return the processes that a process has started and that are there."""
    with contextlib.suppress(OSError):
        return [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text(encoding="ascii").split()
        ]
    return []


def command(pid):
    """Return the command line of a process, "" for one that has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    except OSError:
        return ""


def is_gone(pid):
    """Return whether a process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def filled(folder):
    """Fill the data of a folder with a registry whose largest download has a megabyte, and return the folder."""
    populate(Settings(data=str(folder / "var")), offices=40, policies=600, jurisdictions=4)
    return folder


@contextlib.contextmanager
def served(folder, **settings):
    """Serve the data of a folder, with these settings beside the place, until the block ends."""
    place = own_place()
    lines = [f'host = "{place[0]}"', f"port = {place[1]}", 'data = "var"']
    lines += [f"{name} = {value}" for name, value in settings.items()]
    (folder / "ospo.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    environment = {name: value for name, value in ENVIRONMENT.items() if not name.startswith("OSPO_")}
    with (folder / "log").open("w") as log:
        command = [OSPO, "serve"]
        with subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=environment) as process:
            try:
                found = Served(process, place, folder)
                answered(lambda: get(found.site, "/-/health"))
                until(lambda: '"loaded": true' in get(found.site, "/-/health"))
                yield found
            finally:
                process.terminate()
                process.wait(LONG)
