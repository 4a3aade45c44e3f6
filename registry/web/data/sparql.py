"""The public SPARQL endpoint (SPARQL 1.1 Protocol, queries only), and its page for people."""

from __future__ import annotations

import json
import logging
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Blueprint, Response, abort, render_template, request
from pyoxigraph import NamedNode

from registry.endpoint.formats import JSON, OFFERED, TURTLE
from registry.endpoint.protocol import Dataset
from registry.errors import BusyError, QueryError, QueryTooLongError, StoreError, UnsuitableTypeError, WorkerError
from registry.readmodel.comparison.filters import parse_comparison_filters
from registry.readmodel.questions.questions import questions
from registry.store.sparql_text import load
from registry.web import request_context
from registry.web.negotiation import HTML, NONE_OFFERED, accepted, preferred
from registry.web.text.language import sentence

_log = logging.getLogger(__name__)
_NO_STORE = "the store does not answer: try again in a minute"

_FORM, _QUERY = "application/x-www-form-urlencoded", "application/sparql-query"

blueprint = Blueprint("sparql", __name__)

# The first question, which a page answers too; then others, as the page puts them → the file of the query.
FIRST = "Which European countries must publish their code, since when, by which act and article, and who says so?"
EXAMPLES = {
    "How many statements come from whom?": "statements_of_layers.rq",
    "How many sources describe each office?": "sources_of_offices.rq",
}


@blueprint.route("/sparql", methods=["GET", "POST", "OPTIONS"])
def sparql() -> Any:
    """Answer a query, or show a browser the page with a form for one."""
    if request.method == "OPTIONS":
        return Response(status=204, headers={"Allow": "GET, HEAD, POST, OPTIONS"})
    _refuse_other_encodings()
    if "update" in request.values or request.mimetype == "application/sparql-update":
        abort(403, "this endpoint only answers queries; the data change only when sources are read")
    text = _query()
    wants_page = bool(request.accept_mimetypes) and preferred([JSON, TURTLE, *OFFERED, HTML]) == HTML
    if text is None and not wants_page:
        abort(400, "the parameter `query` is missing: send one SPARQL query, by GET or POST")
    if wants_page:
        return _page(text or "")
    assert text is not None
    return _answered(text)


def _refuse_other_encodings() -> None:
    """Abort with 400 for what is not UTF-8 (SPARQL 1.1 Protocol, 2.1): replaced, they would ask another query."""
    sent = [unquote_to_bytes(request.query_string.replace(b"+", b" "))]
    if request.mimetype in (_FORM, _QUERY):
        body = request.get_data()
        sent.append(unquote_to_bytes(body.replace(b"+", b" ")) if request.mimetype == _FORM else body)
    for said in sent:
        try:
            said.decode()
        except UnicodeDecodeError as error:
            before = said[max(0, error.start - 20) : error.start].decode("utf-8", "ignore").rpartition("query=")[2]
            place = f"byte 0x{said[error.start]:02X}" + (f" after `{before}`" if before else "")
            abort(400, f"the query is not in UTF-8: {place}; write that character in UTF-8")


def _query() -> str | None:
    """Return the query of the request, None if it has none (SPARQL 1.1 Protocol, section 2.1).

    Aborts with 400 for several queries, and with 415 for a body of another media type.
    """
    queries = request.args.getlist("query")
    if request.method == "POST":
        if request.mimetype == _QUERY:
            queries += [request.get_data().decode()]
        elif request.mimetype == _FORM:
            queries += request.form.getlist("query")
        else:
            abort(415, f"send {_FORM} or {_QUERY}")
    if len(queries) > 1:
        abort(400, "more than one query: send exactly one, in one place")
    return queries[0] if queries else None


def _dataset() -> Dataset | None:
    """Return the dataset in the parameters of the request, or None. Aborts with 400 for a name that is not an IRI."""
    default, named = (request.values.getlist(f"{kind}-graph-uri") for kind in ("default", "named"))
    for name in (*default, *named):
        try:
            NamedNode(name)
        except ValueError:
            abort(400, f"{name} is not the IRI of a graph")
    return (default, named) if default or named else None


def _answered(text: str) -> Response:
    try:
        answer = request_context.endpoint().answer(text, accepted(OFFERED), _dataset())
    except UnsuitableTypeError as error:
        abort(406, NONE_OFFERED.format(", ".join(error.offered)))
    except QueryTooLongError as error:
        abort(413, str(error))
    except QueryError as error:
        abort(400, str(error))
    except BusyError as error:
        abort(_unavailable(str(error)))
    except WorkerError as error:
        abort(_unavailable(f"the query was stopped: {error}"))
    except StoreError as error:
        _log.warning("a query is not answered: %s", error)  # it may name addresses and folders of this machine
        abort(_unavailable(_NO_STORE))
    charset = "; charset=utf-8" if answer.media_type.startswith("text/") else ""
    response = Response(answer.body, content_type=answer.media_type + charset)
    if answer.truncated:
        response.headers["X-Result-Truncated"] = answer.truncated
    return response


def _unavailable(reason: str) -> Response:
    return Response(f"503 {reason}\n", 503, mimetype="text/plain", headers={"Retry-After": "5"})


def _page(text: str) -> Any:
    """Return the page with a form for a query, and with the results of `text` if it is not empty."""
    head: list[str] = []
    table: list[list[Any]] = []
    complaint = graph = truncated = ""
    if text:
        try:
            answer = request_context.endpoint().answer(text, (JSON, TURTLE), _dataset())
            truncated = answer.truncated
            if answer.media_type == TURTLE:
                graph = answer.body.decode()
            else:
                results = json.loads(answer.body)
                head = results["head"].get("vars", [])
                table = [[row.get(name) for name in head] for row in results.get("results", {}).get("bindings", [])]
                graph = str(results.get("boolean", ""))
        except (QueryError, WorkerError) as error:
            complaint = str(error)
        except StoreError as error:
            _log.warning("a query is not answered: %s", error)
            complaint = _NO_STORE
    page = {"head": head, "rows": table, "graph": graph, "complaint": complaint, "truncated": truncated}
    europe = parse_comparison_filters([("region", "europe")])
    first = request_context.question_query(questions()["publish-code"], europe)
    examples = {sentence(FIRST): first}
    examples |= {sentence(question): load("registry.web.data", name) for question, name in EXAMPLES.items()}
    return render_template("sparql.html", text=text, examples=examples, **page)


@blueprint.after_request
def _shared(response: Response) -> Response:
    """Allow scripts of other sites to send queries and read all answers (CORS): all data are public."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Headers"] = "Accept, Content-Type"
    response.headers["Access-Control-Expose-Headers"] = "X-Result-Truncated"
    return response
