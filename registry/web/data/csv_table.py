"""CSV files in which a spreadsheet takes no foreign text for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from flask import Response

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # OWASP, CSV injection


def as_csv(columns: Sequence[str], records: Iterable[Mapping[str, str]]) -> str:
    """Return records as CSV (RFC 4180); a text that looks like a formula gets an apostrophe in front of it."""
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, columns)
    writer.writeheader()
    for record in records:
        writer.writerow({name: f"'{value}" if value.startswith(_FORMULA) else value for name, value in record.items()})
    return buffer.getvalue()


def csv_file(name: str, columns: Sequence[str], records: Iterable[Mapping[str, str]]) -> Response:
    """Answer with records as CSV, to be saved as `{name}.csv`."""
    response = Response(as_csv(columns, records), content_type="text/csv; charset=utf-8; header=present")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
