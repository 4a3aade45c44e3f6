"""The Flask application: its blueprints, the headers of all responses, and the form of errors."""

from __future__ import annotations

import logging

from flask import Flask, Response, current_app, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from registry.endpoint.open import open_endpoint
from registry.errors import StoreError
from registry.front.tally import Tally
from registry.readmodel.catalogue import Catalogue
from registry.settings import Settings
from registry.store.open import open_store
from registry.store.protocol import Store
from registry.web.caching import PAGES_BYTES, PageCache
from registry.web.changes import feed
from registry.web.changes import page as changes
from registry.web.compare import downloads as comparison_files
from registry.web.compare import page as comparison
from registry.web.corrections import pages as corrections
from registry.web.data import copies, dcat, linked, metrics, sparql
from registry.web.health import health
from registry.web.lists import pages as lists
from registry.web.made_files import MadeFiles
from registry.web.pages import bodies, country, home, new, office_and_policy, questions, reported, source
from registry.web.pictures import pages as pictures
from registry.web.text.language import choose, language

_log = logging.getLogger(__name__)

_PARTS = (
    home,
    comparison,
    comparison_files,
    pictures,
    lists,
    country,
    bodies,
    questions,
    office_and_policy,
    source,
    reported,
    copies,
    changes,
    feed,
    corrections,
    new,
    linked,
    sparql,
    dcat,
    metrics,
)
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "interest-cohort=()",
}


def create_app(
    settings: Settings,
    store: Store | None = None,
    tally: Tally | None = None,
    files: MadeFiles | None = None,
    cache_bytes: int = PAGES_BYTES,
) -> Flask:
    """Return the WSGI application on `store`, or else on the store of the settings, opened read-only.

    `tally` is what the web server counts, `files` where downloads are kept, each where there is one; finished pages
    take at most `cache_bytes` of memory. Raises StoreError if the store cannot be opened.
    """
    app = Flask("registry.web", static_url_path="/-/static")
    app.config["SETTINGS"] = settings
    app.config["CATALOGUE"] = Catalogue(store or open_store(settings, read_only=True), settings.base)
    app.config["ENDPOINT"] = open_endpoint(settings)
    app.config["PAGES"] = PageCache(cache_bytes)
    app.config["FILES"] = files
    app.config["REQUESTS"] = metrics.Requests(app.config["CATALOGUE"], settings, tally)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for part in _PARTS:
        app.register_blueprint(part.blueprint)
    app.add_url_rule("/-/health", "health", lambda: health(app.config["CATALOGUE"]))
    app.add_url_rule("/-/ready", "ready", _ready)
    app.register_error_handler(HTTPException, _error)
    app.register_error_handler(StoreError, _store_error)
    app.before_request(choose)
    app.after_request(_with_headers)
    return app


def _with_headers(response: Response) -> Response:
    """Add the headers that every response has."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.vary.update(("Accept", "Accept-Language"))
    if response.mimetype == "text/html":
        response.content_language.add(language())
    return response


def _ready() -> Response:
    """Answer whether pages can be shown: 503 until the first data are loaded."""
    said = health(current_app.config["CATALOGUE"])
    response = make_response(said, 200 if said["loaded"] else 503)
    if not said["loaded"]:
        response.headers["Retry-After"] = "5"
    return response


def _error(error: HTTPException) -> Response:
    """Answer with an error as a page to a browser, and as one line of text to other clients."""
    if error.response is not None:
        return make_response(error.response)
    wants_page = request.accept_mimetypes.best_match(["text/plain", "text/html"]) == "text/html" and error.code != 406
    if wants_page and request.accept_mimetypes:
        body = render_template("error.html", code=error.code, name=error.name, reason=error.description)
        response = Response(body, error.code, mimetype="text/html")
    else:
        response = Response(f"{error.code} {error.name}: {error.description}\n", error.code, mimetype="text/plain")
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def _store_error(error: StoreError) -> Response:
    """Answer that the store is away. Why stands in the log: it may name folders and addresses of the operator."""
    _log.error("the store does not answer: %s", error)
    response = Response("503 Service Unavailable: the store does not answer; try again later\n", 503)
    response.mimetype = "text/plain"
    response.headers["Retry-After"] = "30"
    return response
