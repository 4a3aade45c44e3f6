"""A query of the operator, answered as the public endpoint would answer it."""

from __future__ import annotations

from pathlib import Path

from registry.endpoint.formats import TURTLE
from registry.endpoint.open import open_endpoint
from registry.endpoint.protocol import Answer
from registry.errors import SettingsError
from registry.operations.targets import exists
from registry.settings import Settings


def query_text(query: str) -> str:
    """Return a query given as text or as the path of a file. Raises SettingsError for a file that cannot be read."""
    path = Path(query)
    if not exists(path):
        if not set(query) & set(" \n\t{<"):
            raise SettingsError(f"there is no file {query}: correct the path, or give the text of a query")
        return query
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{query}: cannot be read as a query in UTF-8: {error}") from error


def run_query(settings: Settings, text: str, media_type: str) -> Answer:
    """Return the answer to a query of which the merged graph is the default graph.

    An empty `media_type` stands for CSV, or Turtle for a graph. Raises QueryError for a query that is not answered, and
    StoreError for a store that does not answer.
    """
    endpoint = open_endpoint(settings)
    try:
        return endpoint.answer(text, (media_type,) if media_type else ("text/csv", TURTLE))
    finally:
        endpoint.close()
