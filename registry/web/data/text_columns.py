"""Texts in the tables of downloads: beside each column of texts stands one with the language that they have."""

from __future__ import annotations

from collections.abc import Sequence

from registry.readmodel.values import Text


def text_columns(column: str, texts: Sequence[Text]) -> dict[str, str]:
    """Return a column with these texts of one language, and `{column}_language` with its tag."""
    return {
        column: " ".join(text.value for text in texts),
        f"{column}_language": texts[0].language if texts else "",
    }
