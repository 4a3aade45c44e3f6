"""Checking what a publisher has written: a file, an address or a host is read as a crawl would read it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from federation.fetch import fetch
from federation.robots import Robots
from federation.transport import Transport
from registry.admission.entries import entries, sift
from registry.errors import ReadingError, WorkerError
from registry.iri.names import description_graph
from registry.model import Fetch, Place, Source
from registry.operations.targets import url
from registry.settings import Settings
from registry.validation.readers import Readers
from registry.validation.report_formats import Checked
from registry.validation.report_words import LANGUAGES
from registry.vocabulary.messages import reason_in_language


def check(target: str, settings: Settings, readers: Readers, now: Callable[[], datetime]) -> Checked:
    """Return the validation report of a target, or why it cannot be read. Nothing is stored."""
    fetched = asyncio.run(_fetch(Source("check", url(target)), settings, now))
    way = _way(fetched)
    if fetched.outcome is not None:
        return Checked(target, error=_in_all(fetched.reason), notes=way)
    try:
        description, report = readers.read(
            fetched.body,
            media_type=fetched.header("content-type"),
            url=fetched.final_url,
            graph=description_graph(settings.base, "check"),
        )
    except ReadingError as error:
        return Checked(target, error=error.messages, place=Place(error.line, error.column), notes=way)
    except WorkerError as error:
        return Checked(target, error=_in_all(str(error)), notes=way)
    # as an admission does, but that nothing was served before
    sifted = sift(description, report.faulty, now=fetched.at, settings=settings)
    total = sifted.total if sifted else len(entries(description.triples))
    left_out = len(sifted.left_out) if sifted else total
    notes = (*way, *map(_in_all, description.notes))
    return Checked(target, report, notes=notes, entries=total, left_out=left_out)


def _in_all(reason: str, before: str = "") -> dict[str, str]:
    """Return a reason in all languages, with what stands before it in each."""
    return {language: before + reason_in_language(reason, language) for language in LANGUAGES}


def _way(fetched: Fetch) -> tuple[dict[str, str], ...]:
    """Return what each address answered, where more than one was asked: which of them is to be mended shows there."""
    if len({step.url for step in fetched.steps}) < 2:
        return ()
    return tuple(
        _in_all(step.result, f"{step.url}: {f'{step.status}, ' if step.status else ''}") for step in fetched.steps
    )


async def _fetch(source: Source, settings: Settings, now: Callable[[], datetime]) -> Fetch:
    async with Transport(settings) as transport:
        return await fetch(source, None, transport=transport, robots=Robots(transport, settings), now=now)
