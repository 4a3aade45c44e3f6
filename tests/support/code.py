"""What stands in the code of the project, for tests of how it is written."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path


def literals(path: Path) -> Iterator[str]:
    """Yield each text of a module, an f-string as a whole with … for what is filled in; docstrings aside."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    aside = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    aside |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in aside:
            yield node.value
