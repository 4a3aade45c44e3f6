"""Every table can be taken away as CSV and as a workbook, which say the same and make no formula of a foreign text."""

import csv
import io
import time
import zipfile
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.store.embedded import EmbeddedStore
from registry.web.app import create_app
from registry.web.data import workbook
from registry.web.data.tables import as_csv
from registry.web.data.workbook import DAYS, MAX_UNITS, MOMENTS, as_workbook
from tests.support.merged import SETTINGS, SOURCES, fill, reported
from tests.support.page import Page

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
MARK = "\ufeff".encode()
TABLES = (
    *("/countries", "/offices", "/policies", "/compare", "/compare-cells", "/changes", "/new", "/corrections"),
    *("/questions/publish-code", "/questions/offices", "/sources/csis-2022"),
)
# A page with a link to each table.
PAGES = (
    *("/countries", "/offices", "/policies", "/compare", "/compare?layout=statements", "/map", "/changes", "/new"),
    *("/corrections", "/questions/publish-code", "/questions/offices", "/countries/FR"),
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@pytest.fixture(scope="module")
def client():
    return create_app(SETTINGS, fill(EmbeddedStore(), SOURCES | reported())).test_client()


def sheet(body):
    book = openpyxl.load_workbook(io.BytesIO(body))
    (found,) = book.worksheets
    return found


def as_text(cell):
    """Return what a cell says as CSV says it."""
    value = cell.value
    if isinstance(value, datetime) and cell.number_format == "yyyy-mm-dd":
        return value.date().isoformat()
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    return "" if value is None else str(value)


@pytest.mark.parametrize("path", TABLES)
def test_a_workbook_has_the_same_rows_as_the_csv(client, path):
    rows = list(csv.reader(io.StringIO(client.get(f"{path}.csv").get_data(as_text=True))))
    response = client.get(f"{path}.xlsx")
    assert (response.status_code, response.mimetype) == (200, workbook.MEDIA_TYPE)
    assert response.headers["Content-Disposition"].endswith('.xlsx"')
    found = sheet(response.data)
    assert found.freeze_panes == "A2"
    assert [cell.value for cell in found[1]] == rows[0]
    for line, cells in zip(rows[1:], found.iter_rows(min_row=2), strict=True):
        for name, text, cell in zip(rows[0], line, cells, strict=True):
            said = datetime.fromisoformat(text) if name in MOMENTS and text else text.removeprefix("'")
            assert as_text(cell) == said
            assert cell.data_type != "f"
            assert cell.hyperlink is None


def test_days_moments_and_numbers_are_no_texts(client):
    found = sheet(client.get("/policies.xlsx").data)
    columns = {cell.value: place for place, cell in enumerate(found[1])}
    rows = list(found.iter_rows(min_row=2))
    kinds = {name: {type(row[place].value) for row in rows} for name, place in columns.items()}
    assert kinds["statements"] == {int}
    assert datetime in kinds["issued"]
    assert kinds["title"] <= {str, type(None)}
    fetched = sheet(client.get("/compare.xlsx").data)
    place = [cell.value for cell in fetched[1]].index("fetched")
    assert datetime in {type(row[place].value) for row in fetched.iter_rows(min_row=2)}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_links_to_the_workbook_beside_each_csv(client, path):
    links = [element[1]["href"] for element in Page(client.get(path, headers={"Accept": "text/html"}).text).all("a")]
    tables = [href for href in links if urlsplit(href).path.endswith(".csv")]
    assert tables
    for href in tables:
        assert href.replace(".csv", ".xlsx", 1) in links
        assert client.get(href.replace(".csv", ".xlsx", 1)).status_code == 200


@pytest.mark.parametrize("path", TABLES)
def test_csv_has_a_byte_order_mark_for_browsers_alone(client, path):
    plain = client.get(f"{path}.csv").data
    assert not plain.startswith(MARK)
    for accept in ("*/*", "text/csv", "text/csv, text/html;q=0.5", "text/html;q=0, */*", "application/json, */*"):
        assert client.get(f"{path}.csv", headers={"Accept": accept}).data == plain
    for accept in (BROWSER, "text/html"):
        response = client.get(f"{path}.csv", headers={"Accept": accept})
        assert response.data == MARK + plain
        assert "Accept" in response.headers["Vary"]


HOSTILE = (
    *("=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("https://evil.example")', "{=1}", "=cmd|' /C calc'!A0"),
    *("https://a.example/x", "mailto:a@b.example", "internal:Sheet1!A1", "1e5", "TRUE", "#N/A", "_x000D_", "007"),
    *("a\x00b", "a\x0bb", "\ufffe\uffff", " x ", "<b>&amp;</b>", "\r\n\t", "'", "\U0001f600"),
)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_a_text(text):
    cell = sheet(as_workbook(("a", "issued", "b"), [{"a": text, "issued": text, "b": "x"}]))["A2"]
    assert cell.data_type == "s"
    assert cell.hyperlink is None
    # openpyxl leaves the escapes of characters that XML cannot hold, and of their like, as they are written
    assert cell.value.replace("_x005F_", "_").replace("_x0000_", "\x00").replace("_x000B_", "\x0b") in (
        text,
        text.replace("\r", "_x000D_"),
        text.replace("\ufffe", "_xFFFE_").replace("\uffff", "_xFFFF_"),
    )


@given(st.lists(st.dictionaries(st.sampled_from(("a", "b", "issued", "when")), st.just("x") | texts), max_size=4))
def test_whatever_the_texts_no_cell_is_a_formula_and_no_row_is_lost(records):
    records = [{**record, "when": "2026-11-22T10:00:00+00:00"} for record in records]
    found = sheet(as_workbook(("a", "b", "issued", "when"), records))
    assert found.max_row == len(records) + 1
    assert {cell.data_type for row in found.iter_rows() for cell in row} <= {"s", "d", "n"}
    assert len(list(csv.reader(io.StringIO(as_csv(("a", "b", "issued", "when"), records))))) == len(records) + 1


@pytest.mark.parametrize("text", ["2024", "2024-02", "2024-02-30", "soon", "1900-02-28", "0001-01-01", "20240201"])
def test_a_date_that_is_no_whole_day_or_none_of_excel_stays_as_it_is_written(text):
    assert sheet(as_workbook(("issued",), [{"issued": text}]))["A2"].value == text


@given(st.dates(date(1901, 1, 1)))
def test_a_whole_day_is_a_day(day):
    cell = sheet(as_workbook(("issued",), [{"issued": day.isoformat()}]))["A2"]
    assert (cell.is_date, cell.value) == (True, datetime(day.year, day.month, day.day))


@pytest.mark.parametrize("letter", ["x", "\U0001f600", "é"])
def test_a_text_that_is_too_long_for_a_cell_is_cut_and_says_so(letter):
    cell = sheet(as_workbook(("a",), [{"a": letter * 40_000}]))["A2"]
    assert MAX_UNITS - 2 <= len(cell.value.encode("utf-16-le")) // 2 <= MAX_UNITS
    assert cell.value.lstrip(letter) == " […]"
    short = letter * (MAX_UNITS // (len(letter.encode("utf-16-le")) // 2))
    assert sheet(as_workbook(("a",), [{"a": short}]))["A2"].value == short


def test_what_one_sheet_cannot_hold_goes_on_in_the_next(monkeypatch):
    monkeypatch.setattr(workbook, "MAX_ROWS", 3)
    for count in (0, 1, 3, 4, 7):
        body = as_workbook(("a",), [{"a": f"row {number}"} for number in range(count)])
        sheets = openpyxl.load_workbook(io.BytesIO(body)).worksheets
        assert [found["A1"].value for found in sheets] == ["a"] * max(1, -(-count // 3))
        values = [row[0].value for found in sheets for row in found.iter_rows(min_row=2)]
        assert values == [f"row {number}" for number in range(count)]


def test_one_state_of_the_registry_gives_the_same_bytes(monkeypatch):
    records = [{"a": "x", "issued": "2024-01-31", "n": "7"}]
    made = datetime(2026, 11, 22, 12, tzinfo=UTC)
    first = as_workbook(("a", "issued", "n"), records, ("n",), made)
    later = time.time() + timedelta(days=400).total_seconds()
    monkeypatch.setattr(time, "time", lambda: later)
    assert as_workbook(("a", "issued", "n"), records, ("n",), made) == first
    assert {item.date_time[0] for item in zipfile.ZipFile(io.BytesIO(first)).infolist()} == {1980}
    assert openpyxl.load_workbook(io.BytesIO(first)).properties.created == made.replace(tzinfo=None)


def test_columns_of_days_and_moments_are_those_of_some_table(client):
    heads = {name for path in TABLES for name in client.get(f"{path}.csv").text.partition("\r\n")[0].split(",")}
    assert heads >= DAYS | MOMENTS
