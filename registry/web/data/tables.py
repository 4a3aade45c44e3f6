"""Tables to take away, as CSV or as a workbook of Excel, in which a spreadsheet takes no foreign text for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping, Sequence

from flask import Response

from registry.web import request_context
from registry.web.data.workbook import MEDIA_TYPE, as_workbook
from registry.web.negotiation import is_browser

SUFFIXES = "csv, xlsx"  # of the addresses of every table
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # OWASP, CSV injection
_MARK = "\ufeff"  # by this byte order mark Excel on Windows knows UTF-8


def as_csv(columns: Sequence[str], records: Iterable[Mapping[str, str]]) -> str:
    """Return records as CSV (RFC 4180); a text that looks like a formula gets an apostrophe in front of it."""
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, columns)
    writer.writeheader()
    for record in records:
        writer.writerow({name: f"'{value}" if value.startswith(_FORMULA) else value for name, value in record.items()})
    return buffer.getvalue()


def table_file(
    suffix: str,
    name: str,
    columns: Sequence[str],
    records: Iterable[Mapping[str, str]],
    numbers: Collection[str] = (),
) -> Response:
    """Answer with records as a table, to be saved as `{name}.{suffix}`; `numbers` are the columns of whole numbers.

    CSV has a byte order mark for browsers alone: what a person downloads is opened by a double click, and programs
    would take the mark for a part of the first column's name.
    """
    if suffix == "xlsx":
        body = as_workbook(columns, records, numbers, request_context.catalogue().read_at())
        response = Response(body, content_type=MEDIA_TYPE)
    else:
        text = (_MARK if is_browser() else "") + as_csv(columns, records)
        response = Response(text, content_type="text/csv; charset=utf-8; header=present")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{suffix}"'
    return response
