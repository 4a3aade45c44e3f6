"""Metrics for the operator in the Prometheus text format: states of sources, size of the data, responses."""

from __future__ import annotations

from collections import Counter as Numbers
from collections.abc import Iterator
from contextlib import suppress

from flask import Blueprint, Response, current_app, request
from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from registry.errors import StoreError
from registry.front.tally import Tally
from registry.readmodel.catalogue import Catalogue
from registry.settings import Settings
from registry.store.checkpoints import find
from registry.web.at_once import PART
from registry.web.health import health

blueprint = Blueprint("metrics", __name__)


class Requests:
    """Counts the responses of one application, and writes them with the metrics of its catalogue."""

    def __init__(self, catalogue: Catalogue, settings: Settings, tally: Tally | None = None) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Sources(catalogue))
        if "://" not in settings.store_location:
            self._registry.register(_Published(settings.store_location, catalogue))
        if tally is not None:
            self._registry.register(_Server(tally))
        self._answers = Counter(
            "ospo_http_requests", "Answers by part of the site and status", ("part", "status"), registry=self._registry
        )

    def count(self, part: str, status: int) -> None:
        """Count one response of a blueprint, with its status."""
        self._answers.labels(part, str(status)).inc()

    def text(self) -> bytes:
        """Return all metrics as text."""
        return generate_latest(self._registry)


class _Server(Collector):
    """Reads what the web server counts, in all its processes."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def collect(self) -> Iterator[Metric]:
        """Yield the figures of connections, rooms, workers and processes."""
        for figure, found in self._tally.figures():
            kind = GaugeMetricFamily if figure.is_gauge else CounterMetricFamily
            metric = kind(figure.name, figure.help, labels=figure.labels)
            for values, count in found:
                metric.add_metric(values, count)
            yield metric


class _Published(Collector):
    """Reads which checkpoint is published, and when it was."""

    def __init__(self, location: str, catalogue: Catalogue) -> None:
        self._location, self._catalogue = location, catalogue

    def collect(self) -> Iterator[Metric]:
        """Yield the revision that is published and its age; nothing where nothing is."""
        try:
            found = find(self._location)
            published = found.folder.stat().st_mtime if found else 0.0
        except (StoreError, OSError):  # that is told by ospo_revision_failures
            return
        if found:
            last = "Revision of the last checkpoint that was published"
            yield GaugeMetricFamily("ospo_revision_published", last, found.manifest.revision)
            when = "When that checkpoint was published"
            yield GaugeMetricFamily("ospo_published_timestamp_seconds", when, published)


class _Sources(Collector):
    """Reads the catalogue at each scrape. All labels are codes of our own schemes, so that there are not too many."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of the sources, and of the data that are served."""
        catalogue = self._catalogue.at_one_revision()
        states = catalogue.sources()
        by_outcome = GaugeMetricFamily("ospo_sources", "Sources by kind and outcome", labels=("kind", "outcome"))
        for (kind, outcome), count in Numbers(
            (str(state.source.kind), str(state.effective_outcome)) for state in states
        ).items():
            by_outcome.add_metric((kind, outcome), count)
        yield by_outcome
        served = sum(state.accepted_at is not None and not state.archived for state in states)
        yield GaugeMetricFamily("ospo_sources_served", "Sources of which a copy is in the merged view", served)
        statements = GaugeMetricFamily("ospo_statements", "Statements in the merged view by layer", labels=("layer",))
        for layer, count in catalogue.layers().items():
            statements.add_metric((layer,), count)
        yield statements
        yield GaugeMetricFamily("ospo_offices", "Offices in the merged view", len(catalogue.offices()))
        yield GaugeMetricFamily("ospo_policies", "Policies in the merged view", len(catalogue.policies()))
        yield GaugeMetricFamily("ospo_revision", "Revision of the store that is shown", catalogue.revision())
        with suppress(
            StoreError
        ):  # the one figure that no list has: without the store it is told if it was asked before
            aside = catalogue.records_set_aside()
            yield GaugeMetricFamily("ospo_records_set_aside", "Archive records that could not be admitted", aside)
        behind = "1 while the store has a later revision than the one that is shown, else 0"
        yield GaugeMetricFamily("ospo_behind", behind, int(health(self._catalogue)["behind"]))
        failure = catalogue.failure()
        failed = "Failed readings in a row of the store's revision, while an older one is shown"
        yield GaugeMetricFamily("ospo_revision_failures", failed, failure.times if failure else 0)
        left_out = "Records of the merged view that cannot be shown; the log says why"
        skipped = GaugeMetricFamily("ospo_records_skipped", left_out, labels=("kind",))
        by_kind = Numbers(record.kind for record in catalogue.skipped())
        for kind in ("office", "policy", "statement", "voice"):
            skipped.add_metric((kind,), by_kind[kind])
        yield skipped
        if states:
            last = max(state.last_attempt for state in states).timestamp()
            yield GaugeMetricFamily("ospo_last_attempt_timestamp_seconds", "When a source was last asked", last)
            due = min(state.next_due for state in states).timestamp()
            yield GaugeMetricFamily("ospo_next_due_timestamp_seconds", "When a source is due next", due)


@blueprint.get("/-/metrics")
def metrics() -> Response:
    """Answer with the metrics."""
    requests: Requests = current_app.config["REQUESTS"]
    return Response(requests.text(), content_type=CONTENT_TYPE_LATEST)


@blueprint.after_app_request
def _counted(response: Response) -> Response:
    requests: Requests = current_app.config["REQUESTS"]
    part = request.blueprint or request.endpoint or "none"
    request.environ[PART] = part
    requests.count(part, response.status_code)
    return response
