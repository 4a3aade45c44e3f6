"""Pictures as SVG files with a legend, a citation and fixed colours; well-formed whatever texts they hold."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Set
from typing import Any

from flask import Response, render_template

from registry.web import request_context
from registry.web.pictures.cell_looks import LOOKS, cell_paint, colour, paint
from registry.web.text.citing import Citation, citation
from registry.web.text.language import sentence

# Characters that XML 1.0 does not allow (section 2.2), other controls, and marks of text direction.
_UNFIT = re.compile(
    "[^\t\n\r -~\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_LETTER_WIDTH = 5.7  # of the small print, on average, in units of the drawing


def picture(
    template: str, title: str, about: Iterable[str], size: tuple[int, int], keys: Set[str], **values: Any
) -> Response:
    """Return a drawing of `size` (width, height) with a legend of `keys` and, in small print, how to cite it.

    `about` are the lines below the title; `values` are further variables of the template.
    """
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
    return [line for text in texts for line in textwrap.wrap(text, int(width / _LETTER_WIDTH))]


def _small_print(citation: Citation) -> list[str]:
    licences = "; ".join(f"{whose} ({licence})" for whose, licence in citation.licences)
    return [citation.text, f"{sentence('Licences:')} {licences}" if licences else ""]


def svg(template: str, **values: Any) -> Response:
    """Answer with a template as an SVG file, with fixed colours and without characters that XML does not allow."""
    base = request_context.settings().base
    text = render_template(
        template,
        paint=lambda key, hollow=False: paint(key, hollow=hollow, file=True),
        cell_paint=lambda cell: cell_paint(cell, file=True),
        colour=lambda name: colour(name, file=True),
        base=base,
        **values,
    )
    return Response(_UNFIT.sub("", text), content_type="image/svg+xml")
