"""Three registries in a ring, each with an office of its own: real processes, on this machine alone."""

import csv
import io
import json
import subprocess
import tomllib
from contextlib import ExitStack, contextmanager
from urllib.parse import urlencode

from registry.archive import Archive
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import dump
from tests.support.programs import OSPO
from tests.support.sites import get, own_place, shows, started
from tests.support.waiting import LONG

NAMES = ("a", "b", "c")


def catalogue_of(name):
    """Return how a registry is declared: by its catalogue, and one of them by its home page."""
    return f"http://registry-{name}.example/" + ("" if name == "a" else "catalogue")


def ospo(folder, *arguments):
    """Run a command of a registry whose site is served, wait until the site shows what it did, and return its words."""
    done = subprocess.run([OSPO, *arguments], cwd=folder, capture_output=True, text=True, timeout=LONG)
    assert done.returncode == 0, done.stderr
    settings = tomllib.loads((folder / "ospo.toml").read_text(encoding="utf-8"))
    shows(f"{settings['host']}:{settings['port']}", folder)
    return done.stdout


@contextmanager
def ring(tmp_path, site):
    """Serve three registries, each with an office of its own and the next registry as a source.

    Yield the folder of each, and where it is served (address:port).
    """
    with ExitStack() as stack:
        places = {name: own_place() for name in NAMES}
        resolve = {f"office-{name}.example": ("127.0.0.1", site.port) for name in NAMES}
        resolve |= {f"registry-{name}.example": place for name, place in places.items()}
        networks = json.dumps(["127.0.0.1/32", *(f"{address}/32" for address, _ in places.values())])
        for name, onwards in zip(NAMES, "bca", strict=True):
            folder = tmp_path / name
            folder.mkdir()
            address, port = places[name]
            (folder / "ospo.toml").write_text(
                f'base = "http://registry-{name}.example"\nhost = "{address}"\nport = {port}\nthreads = 2\n'
                f"delay_seconds = 0.0\nallow_networks = {networks}\nreader_workers = 1\nquery_workers = 1\n"
                f"connect_seconds = {LONG}\nfetch_seconds = {LONG}\nreader_seconds = {LONG}\nquery_seconds = {LONG}\n"
                f'[[sources]]\nid = "own"\nurl = "http://office-{name}.example/meta.yaml"\n'
                f'[[sources]]\nid = "next"\nurl = "{catalogue_of(onwards)}"\nkind = "registry"\n'
                "[resolve]\n" + "".join(f'"{host}" = "{at}:{number}"\n' for host, (at, number) in resolve.items()),
                encoding="utf-8",
            )
            server = stack.enter_context(subprocess.Popen([OSPO, "serve"], cwd=folder, stdout=subprocess.DEVNULL))
            stack.callback(server.terminate)  # before the stack waits for its end
        sites = {name: f"{address}:{port}" for name, (address, port) in places.items()}
        for one in sites.values():
            started(one)
        yield {name: (tmp_path / name, sites[name]) for name in NAMES}


def known(site):
    """Return what the registry says of its sources: address → number of events, verdict and the sources that see it."""
    base = get(site, "/catalogue.nt").partition("/catalogue>")[0].partition("<")[2]
    query = f"""PREFIX ospo: <https://w3id.org/ospo/ns#> SELECT ?address ?events ?verdict ?by WHERE {{
        GRAPH <{base}/registry> {{
            ?source a ospo:Source ; ospo:address ?address ; ospo:events ?events ; ospo:verdict ?verdict }}
        OPTIONAL {{ GRAPH <{base}/peers> {{ ?source ospo:seenBy ?by }} }} }}"""
    rows = csv.DictReader(io.StringIO(get(site, f"/sparql?{urlencode({'query': query})}", Accept="text/csv")))
    return {row["address"]: (int(row["events"]), row["verdict"].rpartition("/")[2], row["by"]) for row in rows}


def archived(folder):
    """Return the outcome of every record of the archive, None for a body."""
    return [fetched.outcome for _, fetched in Archive(folder / "var" / "archive").records()]


def described(site, host):
    """Return whether the merged graph has that office."""
    query = f"PREFIX foaf: <http://xmlns.com/foaf/0.1/> ASK {{ ?office foaf:homepage <http://{host}/> }}"
    return "true" in get(site, "/sparql?" + urlencode({"query": query}))


def office(host, text="One."):
    return f"url: http://{host}/\nname: {host}\ncountry: FR\ndescription: {{en: {text}}}\nemail: office@{host}\n"


def dump_of(folder):
    opened = EmbeddedStore(str(folder / "var" / "store"))
    try:
        return dump(opened)
    finally:
        opened.close()
