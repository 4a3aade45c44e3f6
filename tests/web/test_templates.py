"""The rules that templates and style sheet keep by themselves, before any data reach them."""

import re
from importlib.resources import files

import pytest

WEB = files("registry") / "web"
TEMPLATES = sorted(path.name for path in (WEB / "templates").iterdir() if path.name.endswith(".html"))
OURS = ("/", "#")
FIXED = r"""(?:href|src|action)="([^"{]*)"""


def text(name):
    return (WEB / "templates" / name).read_text(encoding="utf-8")


def test_the_templates_were_found():
    assert {"base.html", "compare.html", "source.html", "parts.html"} <= set(TEMPLATES)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_has_no_script_no_inline_style_and_no_way_round_escaping(name):
    for forbidden in (
        r"<script",
        r"<style",
        r"\sstyle=",
        r"\son[a-z]+=",
        r"\|\s*safe\b",
        r"javascript:",
        r"autoescape",
    ):
        assert not re.search(forbidden, text(name)), forbidden


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_attribute_of_a_template_is_quoted(name):
    tags = re.findall(r"<[a-z][^<>]*>", re.sub(r"{[%{#].*?[%}#]}", "", text(name), flags=re.DOTALL))
    assert [tag for tag in tags if re.search(r"=[^\"]", re.sub(r'="[^"]*"', "", tag))] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_names_only_addresses_of_this_site(name):
    found = [address for address in re.findall(FIXED, text(name)) if address]
    assert [address for address in found if not address.startswith(OURS)] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_sentence_of_a_template_goes_through_the_one_function(name):
    shown = re.sub(r"{[%{#].*?[%}#]}", "", text(name), flags=re.DOTALL)
    words = re.findall(r"[A-Za-z]{3,}", re.sub(r"<[^<>]*>", "", shown))
    assert words == []


def test_the_style_sheet_is_small_and_asks_for_nothing_else():
    sheets = {path.name: path.read_bytes() for path in (WEB / "static").glob("*.css")}
    assert len(sheets["site.css"]) <= 16 * 1024
    sheet = b"".join(sheets.values())
    assert len(sheet) <= 20 * 1024
    assert not re.search(rb"url\(|@import|@font-face", sheet)
    for guise in (
        b"color-scheme: light dark",
        b"light-dark(",
        b"forced-colors",
        b"print-color-adjust",
        b":focus-visible",
    ):
        assert guise in sheet


def test_colours_fonts_and_sizes_of_the_style_sheet_are_properties():
    rules = re.sub(
        r"/\*.*?\*/|@media[^{]*", "", (WEB / "static" / "site.css").read_text(encoding="utf-8"), flags=re.DOTALL
    )
    assert re.findall(r"#[0-9a-f]{3,6}\b|\brgb|\bhsl|\d(?:rem|px|pt)\b", re.sub(r":root \{[^}]*\}", "", rules)) == []
    tokens = (WEB / "static" / "tokens.css").read_text(encoding="utf-8")
    assert set(re.findall(r"var\(--([a-z0-9-]+)", rules)) <= {
        *re.findall(r"--([a-z0-9-]+):", tokens),
        *("fill", "on", "rim", "pie", "weight"),  # which a tile sets for itself
    }
