"""What Prometheus reads: parsed by its own client, and equal to what the pages say."""

from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pyoxigraph import NamedNode, Triple

from registry.errors import StoreError
from registry.iri.names import integer, registry_graph, term
from registry.store.checkpoints import Manifest, checkpoints_folder, publish
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import NOTHING
from registry.store.sparql_text import insert_data
from registry.web.app import create_app
from tests.support.merged import SETTINGS, fill, store


@pytest.fixture(scope="module")
def client():
    return create_app(SETTINGS, store()).test_client()


def samples(client):
    response = client.get("/-/metrics")
    assert response.status_code == 200
    assert response.content_type.startswith("text/plain; version=")
    families = text_string_to_metric_families(response.get_data(as_text=True))
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_the_sources_are_counted_by_kind_and_outcome(client):
    found = samples(client)
    assert found["ospo_sources", (("kind", "description"), ("outcome", "accepted"))] == 1
    assert found["ospo_sources", (("kind", "list"), ("outcome", "accepted"))] == 1
    assert found["ospo_sources", (("kind", "description"), ("outcome", "rejected"))] == 1
    assert found["ospo_sources", (("kind", "description"), ("outcome", "gone"))] == 1
    assert found["ospo_sources_served", ()] == 2


def test_what_is_served_is_counted(client):
    found = samples(client)
    catalogue = client.application.config["CATALOGUE"]
    assert found["ospo_offices", ()] == len(catalogue.offices()) == 2
    assert found["ospo_policies", ()] == len(catalogue.policies()) == 4
    assert found["ospo_statements", (("layer", "compiled"),)] == len(catalogue.statements())
    assert found["ospo_revision", ()] == catalogue.revision()
    assert found["ospo_last_attempt_timestamp_seconds", ()] == catalogue.sources()[0].last_attempt.timestamp()


def test_answers_are_counted_by_part_and_status_and_not_by_address(client):
    for path in ("/compare", "/compare?country=FR", "/nothing-here", "/offices/nobody"):
        client.get(path)
    found = {labels: value for (name, labels), value in samples(client).items() if name == "ospo_http_requests_total"}
    assert found[("part", "comparison"), ("status", "200")] >= 2
    assert found[("part", "none"), ("status", "404")] >= 1
    assert found[("part", "office_and_policy"), ("status", "404")] >= 1
    assert not [labels for labels in found if "nobody" in str(labels)]


def test_an_empty_store_has_metrics_too():
    client = create_app(SETTINGS, EmbeddedStore()).test_client()
    assert samples(client)["ospo_revision", ()] == 0


class Unreadable:
    """A store of which, from some moment on, no list can be read; it counts how often that was tried."""

    def __init__(self, store):
        self.store, self.broken, self.tried = store, False, 0

    def query(self, text, media_type):
        if self.broken and "VALUES ?subject" in text:
            self.tried += 1
            raise ValueError("no list")
        return self.store.query(text, media_type)

    def update(self, text, new=NOTHING):
        self.store.update(text, new)

    @property
    def version(self):
        return self.store.version

    def view(self):
        return self

    def close(self):
        self.store.close()


def test_while_a_revision_cannot_be_read_the_last_one_is_shown_and_health_says_so():
    unreadable = Unreadable(store())
    client = create_app(SETTINGS, unreadable).test_client()
    before = client.get("/countries").data
    unreadable.broken = True
    graph, revision = NamedNode(registry_graph(SETTINGS.base)), term("ospo:revision")
    shown = client.get("/-/health").json["revision"]
    new = insert_data(graph.value, [Triple(graph, revision, integer(shown + 1))])
    unreadable.update(new)
    for _ in range(50):
        for path in ("/", "/countries", "/compare.csv"):
            assert client.get(path).status_code == 200
    assert client.get("/countries").data == before
    assert unreadable.tried <= 5  # at 0, 1, 3, 7 and 15 seconds at most
    health = client.get("/-/health").json
    assert health.pop("failures") == unreadable.tried
    assert health == {"status": "behind", "loaded": True, "behind": True, "revision": shown}
    assert client.get("/-/ready").status_code == 200  # what is older can be shown
    assert samples(client)["ospo_revision_failures", ()] == unreadable.tried
    assert samples(client)["ospo_revision", ()] == shown


def broken_manifest(checkpoints):
    (checkpoints / "000000000009-broken").mkdir()
    (checkpoints / "000000000009-broken" / "manifest.json").write_text("no JSON", encoding="utf-8")
    (checkpoints / "current").unlink()
    (checkpoints / "current").symlink_to("000000000009-broken")


def broken_store(checkpoints):
    (checkpoints / "000000000009-broken").mkdir()
    manifest = (checkpoints / "current" / "manifest.json").read_bytes()
    (checkpoints / "000000000009-broken" / "manifest.json").write_bytes(manifest)
    (checkpoints / "000000000009-broken" / "lock").touch()
    (checkpoints / "current").unlink()
    (checkpoints / "current").symlink_to("000000000009-broken")


@pytest.mark.parametrize("was_asked", [True, False])
@pytest.mark.parametrize("damage", [broken_manifest, broken_store])
def test_while_the_checkpoint_is_damaged_the_figures_of_the_last_revision_are_told(tmp_path, damage, was_asked):
    settings = replace(SETTINGS, data=str(tmp_path))
    filled = fill(EmbeddedStore(settings.store_location))
    publish(filled, settings.store_location, Manifest(settings.base, "history", 7))
    filled.close()
    application = create_app(settings)
    client = application.test_client()
    try:
        client.get("/countries")
        before = samples(client) if was_asked else {}
        assert client.get("/-/health").json["behind"] is False
        damage(checkpoints_folder(settings.store_location))
        assert client.get("/countries").status_code == 200
        assert client.get("/-/health").json["behind"] is True
        found = samples(client)
    finally:
        application.config["ENDPOINT"].close()
    assert found["ospo_behind", ()] == 1
    assert found["ospo_revision_failures", ()] >= 1
    assert found["ospo_records_set_aside", ()] == 0
    assert found["ospo_offices", ()] == 2
    if was_asked:
        assert before["ospo_behind", ()] == 0
        told = {
            name: value for name, value in before.items() if name[0].startswith(("ospo_sources", "ospo_statements"))
        }
        assert told
        assert told.items() <= found.items()


class Away(Unreadable):
    """A store that, from some moment on, is away."""

    def query(self, text, media_type):
        if self.broken:
            raise StoreError("away")
        return self.store.query(text, media_type)


@pytest.mark.parametrize("was_asked", [True, False])
def test_while_a_server_is_away_every_figure_that_is_known_is_told(was_asked):
    away = Away(store())
    client = create_app(SETTINGS, away).test_client()
    assert client.get("/countries").status_code == 200
    if was_asked:
        samples(client)
    away.broken = True
    found = samples(client)
    assert found["ospo_behind", ()] == 1
    assert found["ospo_offices", ()] == 2
    assert (("ospo_records_set_aside", ()) in found) is was_asked


def test_a_registry_that_could_never_be_read_answers_that_it_does_not_answer_now():
    unreadable = Unreadable(store())
    unreadable.broken = True
    client = create_app(SETTINGS, unreadable).test_client()
    for path in ("/", "/-/metrics", "/-/ready"):
        response = client.get(path)
        assert response.status_code == 503
        assert "Retry-After" in response.headers
    assert unreadable.tried <= 2
    health = client.get("/-/health")
    assert health.status_code == 200  # the process works
    assert health.json["loaded"] is False
    assert health.json["status"] == "loading"


def test_no_answer_tells_why_the_store_is_away(tmp_path):
    hidden = tmp_path / "secret-place"
    folder = hidden / "store.checkpoints"
    folder.mkdir(parents=True)
    (folder / "current").symlink_to("000000000001-broken")
    (folder / "000000000001-broken").mkdir()
    (folder / "000000000001-broken" / "manifest.json").write_text("no JSON", encoding="utf-8")
    application = create_app(replace(SETTINGS, data=str(hidden)))
    client = application.test_client()
    try:
        for path in ("/", "/compare.csv", "/-/metrics", "/sparql?query=ASK{}"):
            response = client.get(path)
            assert response.status_code == 503
            assert "secret-place" not in response.get_data(as_text=True)
            assert "JSON" not in response.get_data(as_text=True)
    finally:
        application.config["ENDPOINT"].close()
