"""Drawings as SVG files: with a legend, how to cite them and colours of their own, well-formed whatever they show."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Set
from typing import Any

from flask import Response, render_template

from registry.web import request_context
from registry.web.pictures.cell_looks import LOOKS, colour, paint
from registry.web.text.citing import Citation, citation
from registry.web.text.language import sentence

# What XML 1.0 has no place for (section 2.2), what no reader sees, and what turns the direction of all that follows.
_UNFIT = re.compile(
    "[^\t\n\r -~\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_LETTER = 5.7  # units that a letter of the small print takes, on average


def picture(
    template: str, title: str, about: Iterable[str], size: tuple[int, int], keys: Set[str], **values: Any
) -> Response:
    """Return a drawing of that size with its legend and, in small print, how to cite it; `keys` are what it shows."""
    width, height = size
    return svg(
        template,
        title=title,
        about=_wrapped(about, width),
        width=width,
        height=height,
        keys=[key for key in LOOKS if key in keys],
        small=_wrapped(_small_print(citation(title)), width),
        **values,
    )


def _wrapped(texts: Iterable[str], width: int) -> list[str]:
    return [line for text in texts for line in textwrap.wrap(text, int(width / _LETTER))]


def _small_print(said: Citation) -> list[str]:
    licences = "; ".join(f"{whose} ({licence})" for whose, licence in said.licences)
    return [said.text, f"{sentence('Licences:')} {licences}" if licences else ""]


def svg(template: str, **values: Any) -> Response:
    """Return a template as a file: with colours of its own, and without characters that a reader of XML refuses."""
    base = request_context.settings().base
    text = render_template(
        template,
        paint=lambda key: paint(key, file=True),
        colour=lambda name: colour(name, file=True),
        base=base,
        **values,
    )
    return Response(_UNFIT.sub("", text), content_type="image/svg+xml")
