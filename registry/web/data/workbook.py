"""A table as a workbook of Excel (ISO/IEC 29500): texts, days, moments and numbers, and never a formula or a link."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from itertools import chain, islice
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Columns of days, where these are whole, and of moments, by the names that they have in every table.
DAYS = frozenset("accessed date day in_force_from in_force_until issued since until".split())
MOMENTS = frozenset(("fetched", "when"))
MAX_ROWS = 1_048_575  # of a sheet, below its head; the next ones go on in another
MAX_UNITS = 32_767  # of a text in a cell, in UTF-16
_CUT = " […]"
_BEGAN = datetime(2000, 1, 1)  # when the workbook of an empty registry was made: the same bytes each time
_FIRST_DAY = date(1901, 1, 1)  # before, Excel counts a day too many or none at all
_WIDTH = 16  # of columns, in characters

Write = Callable[[Worksheet, int, int, str], Any]


def as_workbook(
    columns: Sequence[str],
    records: Iterable[Mapping[str, str]],
    numbers: Collection[str] = (),
    made: datetime | None = None,
) -> bytes:
    """Return records as a workbook whose first row is the head and stays in sight.

    `numbers` are the columns of whole numbers. `made` is told as when it was made, so that one state of the registry
    gives the same bytes. A text that is too long for a cell ends in […].
    """
    body = io.BytesIO()
    # one row at a time is in memory, the others in a file that has no name
    book = Workbook(body, {"constant_memory": True})
    book.set_properties({"created": made.astimezone(UTC).replace(tzinfo=None) if made else _BEGAN})
    writers = _writers(columns, numbers, book)
    head, rest = book.add_format({"bold": True}), iter(records)
    sheet_number, first = 1, next(rest, None)
    while first is not None or sheet_number == 1:
        sheet = book.add_worksheet("Data" if sheet_number == 1 else f"Data {sheet_number}")
        rows = islice(chain([first] if first else [], rest), MAX_ROWS)
        _fill(sheet, columns, rows, writers, head)
        sheet_number, first = sheet_number + 1, next(rest, None)
    book.close()
    return body.getvalue()


def _fill(
    sheet: Worksheet, columns: Sequence[str], rows: Iterable[Mapping[str, str]], writers: Sequence[Write], head: Format
) -> None:
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(columns) - 1, _WIDTH)
    for place, name in enumerate(columns):
        sheet.write_string(0, place, name, head)
    last = 0
    for last, record in enumerate(rows, 1):
        for place, (name, write) in enumerate(zip(columns, writers, strict=True)):
            if value := record.get(name, ""):
                write(sheet, last, place, value)
    sheet.autofilter(0, 0, last, len(columns) - 1)


def _writers(columns: Sequence[str], numbers: Collection[str], book: Workbook) -> list[Write]:
    """Return for each column what writes a cell of it; what is no day, moment or number is written as a text."""
    day, moment = (book.add_format({"num_format": form}) for form in ("yyyy-mm-dd", 'yyyy-mm-dd hh:mm:ss "UTC"'))

    def write_day(sheet: Worksheet, row: int, place: int, value: str) -> None:
        found = None
        with suppress(ValueError):  # a year, a month, or what is no date
            found = date.fromisoformat(value)
        if found and found >= _FIRST_DAY and found.isoformat() == value:
            sheet.write_datetime(row, place, found, day)
        else:
            _write_text(sheet, row, place, value)

    def write_moment(sheet: Worksheet, row: int, place: int, value: str) -> None:
        found = datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None)
        sheet.write_datetime(row, place, found, moment)

    def write_number(sheet: Worksheet, row: int, place: int, value: str) -> None:
        sheet.write_number(row, place, int(value))

    kinds = [(DAYS, write_day), (MOMENTS, write_moment), (numbers, write_number)]
    return [next((write for names, write in kinds if name in names), _write_text) for name in columns]


def _write_text(sheet: Worksheet, row: int, place: int, value: str) -> None:
    """Write a text as one, also where it looks like a formula, a number or an address."""
    sheet.write_string(row, place, _fitting(value))


def _fitting(text: str) -> str:
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * MAX_UNITS:
        return text
    return units[: 2 * (MAX_UNITS - len(_CUT))].decode("utf-16-le", "ignore") + _CUT
