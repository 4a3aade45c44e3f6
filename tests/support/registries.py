"""Three registries in a ring, each with an office of its own: real processes, on this machine alone."""

import csv
import io
import socket
import subprocess
from contextlib import ExitStack, contextmanager
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from registry.archive import Archive
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import dump
from tests.support.programs import OSPO, wait_for

NAMES = ("a", "b", "c")


def catalogue_of(name):
    """Return how a registry is declared: by its catalogue, and one of them by its home page."""
    return f"http://registry-{name}.example/" + ("" if name == "a" else "catalogue")


def ospo(folder, *arguments):
    done = subprocess.run([OSPO, *arguments], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def ring(tmp_path, site):
    """Serve three registries, each with an office of its own and the next registry as a source; yield their folders."""
    with ExitStack() as stack:
        free = [stack.enter_context(socket.socket()) for _ in NAMES]
        for one in free:
            one.bind(("127.0.0.1", 0))
        ports = dict(zip(NAMES, (one.getsockname()[1] for one in free), strict=True))
        for one in free:
            one.close()
        resolve = {f"office-{name}.example": site.port for name in NAMES}
        resolve |= {f"registry-{name}.example": port for name, port in ports.items()}
        for name, onwards in zip(NAMES, "bca", strict=True):
            folder = tmp_path / name
            folder.mkdir()
            (folder / "ospo.toml").write_text(
                f'base = "http://registry-{name}.example"\nport = {ports[name]}\nthreads = 2\n'
                'delay_seconds = 0.0\nallow_networks = ["127.0.0.1/32"]\nreader_workers = 1\nquery_workers = 1\n'
                f'[[sources]]\nid = "own"\nurl = "http://office-{name}.example/meta.yaml"\n'
                f'[[sources]]\nid = "next"\nurl = "{catalogue_of(onwards)}"\nkind = "registry"\n'
                "[resolve]\n" + "".join(f'"{host}" = "127.0.0.1:{port}"\n' for host, port in resolve.items()),
                encoding="utf-8",
            )
            server = stack.enter_context(subprocess.Popen([OSPO, "serve"], cwd=folder, stdout=subprocess.DEVNULL))
            stack.callback(server.terminate)  # before the stack waits for its end
        for port in ports.values():
            wait_for(lambda port=port: urlopen(f"http://127.0.0.1:{port}/-/health", timeout=5).read())
        yield {name: (tmp_path / name, ports[name]) for name in NAMES}


def get(port, path):
    with urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as response:
        return response.read().decode()


def known(port):
    """Return what the registry says of its sources: address → number of events, verdict and the sources that see it."""
    base = get(port, "/catalogue.nt").partition("/catalogue>")[0].partition("<")[2]
    query = f"""PREFIX ospo: <https://w3id.org/ospo/ns#> SELECT ?address ?events ?verdict ?by WHERE {{
        GRAPH <{base}/registry> {{
            ?source a ospo:Source ; ospo:address ?address ; ospo:events ?events ; ospo:verdict ?verdict }}
        OPTIONAL {{ GRAPH <{base}/peers> {{ ?source ospo:seenBy ?by }} }} }}"""
    request = Request(f"http://127.0.0.1:{port}/sparql?{urlencode({'query': query})}", headers={"Accept": "text/csv"})
    with urlopen(request, timeout=10) as response:
        rows = list(csv.DictReader(io.StringIO(response.read().decode())))
    return {row["address"]: (int(row["events"]), row["verdict"].rpartition("/")[2], row["by"]) for row in rows}


def archived(folder):
    """Return the outcome of every record of the archive, None for a body."""
    return [fetched.outcome for _, fetched in Archive(folder / "var" / "archive").records()]


def described(port, host):
    """Return whether the merged graph has that office."""
    query = f"PREFIX foaf: <http://xmlns.com/foaf/0.1/> ASK {{ ?office foaf:homepage <http://{host}/> }}"
    return "true" in get(port, "/sparql?" + urlencode({"query": query}))


def office(host, text="One."):
    return f"url: http://{host}/\nname: {host}\ncountry: FR\ndescription: {{en: {text}}}\nemail: office@{host}\n"


def dump_of(folder):
    opened = EmbeddedStore(str(folder / "var" / "store"))
    try:
        return dump(opened)
    finally:
        opened.close()
