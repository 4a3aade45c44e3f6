"""Sites as tests see them: where one can stand, what it answers, and when it shows what was done to its store."""

import json
import random
import socket
from urllib.request import Request, urlopen

from registry.store.checkpoints import find
from tests.support.waiting import LONG, answered, until


def own_place():
    """Return a loopback address that no other test listens at, and a free port of it."""
    chance = random.SystemRandom()
    address = ".".join(["127", *(str(chance.randint(1, 254)) for _ in range(3))])
    with socket.create_server((address, 0)) as free:
        return free.getsockname()[:2]


def get(site, path, **headers):
    """Return the text at a path of a site; `site` is written address:port."""
    with urlopen(Request(f"http://{site}{path}", headers=headers), timeout=LONG) as response:
        return response.read().decode()


def started(site):
    """Wait until the site answers."""
    answered(lambda: get(site, "/-/health"))


def shows(site, folder):
    """Wait until the site shows what was last done to the data of this folder: a slow machine does so a while later."""
    revision = find(str(folder / "var" / "store")).manifest.revision
    until(lambda: json.loads(get(site, "/-/health"))["revision"] == revision)


def caught_up(client):
    """Wait until a site in this process shows what was last done to its store."""
    catalogue = client.application.config["CATALOGUE"]
    until(lambda: catalogue.version()[0] == catalogue._version())
