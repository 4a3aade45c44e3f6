"""The commands of `ospo`: each loads the settings, calls one operation, prints its result, and exits with a code."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click

from registry.errors import OspoError, is_disk_full
from registry.iri.addresses import BUNDLED
from registry.model import SourceKind
from registry.operations import checking, crawling, querying, serving, source_list, status, writing
from registry.operations.configuration import load
from registry.operations.progress import progress_reporter, summary
from registry.operations.stopping import stop_on_signals
from registry.settings import Settings, table
from registry.sources.bundled import origin
from registry.validation.readers import Readers
from registry.validation.report_formats import FORMATS
from registry.validation.report_words import LANGUAGES, language_of


def _now() -> datetime:
    return datetime.now(UTC)


def _command(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--config` and `--store`, hand over the settings, and turn our errors into one line and exit code 2.

    An option that is called like a setting overrides it, and is no argument of the function.
    """

    @click.option(
        "--config", type=click.Path(path_type=Path), help="settings file (default: ospo.toml, if it is there)"
    )
    @click.option("--store", help="folder of the embedded store, or address of a SPARQL 1.1 server")
    @wraps(function)
    def wrapped(config: Path | None, **options: Any) -> None:
        flags = {name: options.pop(name) for name in ("store", "host", "port") if name in options}
        try:
            sys.exit(function(load(config, **flags), **options) or 0)
        except BrokenPipeError:  # click ends quietly when nobody reads on
            raise
        except (OspoError, OSError) as error:
            said = f"a disk is full: {error}; free space there, and run it again" if is_disk_full(error) else error
            click.echo(f"ospo: {said}", err=True)
            sys.exit(2)

    return wrapped


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ospo-atlas")
def main() -> None:
    """Crawl, check and serve descriptions of public-sector open source offices and their policies."""


_accept_loss = click.option(
    "--accept-loss", is_flag=True, help="go on although files of the archive are missing or damaged"
)


_in_language = click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default=lambda: language_of(dict(os.environ)),
    show_default="that of LANG",
    help="language of the messages",
)


@main.command()
@click.argument("targets", nargs=-1, required=True)
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@_in_language
@_command
def check(settings: Settings, targets: tuple[str, ...], format_: str, lang: str) -> int:
    """Check a file, an address, or what stands on a host, and print what to fix.

    Exit code 0: accepted, 1: has errors, 2: could not be read.
    """
    with Readers(settings) as readers:
        results = [checking.check(target, settings, readers, _now) for target in targets]
    click.echo(FORMATS[format_](results, lang))
    return max(result.exit_code for result in results)


@main.command()
@click.option("--sources", "file", type=click.Path(exists=True, path_type=Path), help="a TOML file with [[sources]]")
@click.option("--all", "everything", is_flag=True, help="read all sources, not only those that are due")
@click.option("--bundled", is_flag=True, help="read the bundled sources too, from an origin on this machine")
@click.option("--json", "as_json", is_flag=True, help="one JSON object a source, and a summary")
@_in_language
@_accept_loss
@_command
def crawl(
    settings: Settings, file: Path | None, everything: bool, bundled: bool, as_json: bool, lang: str, accept_loss: bool
) -> int:
    """Read the sources that are due, once, and exit; schedule it with cron or systemd.

    After Ctrl-C or SIGTERM what was read is kept and told, and the exit code is 128 and the number of the signal.
    """
    sources = load(file).sources if file else (*settings.sources, *source_list.added(settings))
    with progress_reporter(lang, as_json=as_json) as progress, stop_on_signals() as stop:
        how: dict[str, Any] = {"everything": everything, "accept_loss": accept_loss, "stop": stop}
        if bundled or any(source.url.startswith(BUNDLED) for source in sources):
            with origin() as here:
                settings = crawling.with_bundled(settings, here)
                added = [source for source in here.sources if bundled and source not in sources]
                results = crawling.crawl(settings, (*added, *sources), _now, progress, **how)
        else:
            results = crawling.crawl(settings, sources, _now, progress, **how)
    counts = Counter(outcome for _, outcome, _ in results)
    stopped_by = stop.signal.name if stop.signal else ""
    if as_json:
        stopped = {"stopped": stopped_by, "unread": stop.undone} if stopped_by else {}
        click.echo(json.dumps({"summary": counts, **stopped}))
    else:
        click.echo(summary(counts, stopped_by, stop.undone, lang))
    return 128 + stop.signal if stop.signal else 0


@main.command()
@click.option("--host", help="address to listen on")
@click.option("--port", help="port to listen on")
@_command
def serve(settings: Settings) -> int:
    """Serve the site, SPARQL and linked data from the store, which is opened read-only."""
    writing.prepare_to_serve(settings)
    serving.serve(settings)
    return 0


@main.command()
@_accept_loss
@_command
def rebuild(settings: Settings, accept_loss: bool) -> int:
    """Make the store again from the archive alone; the old one is replaced when the new one is complete."""
    count = writing.rebuild(settings, accept_loss=accept_loss)
    click.echo(f"rebuilt from {count} archive records")
    return 0


@main.command("status")
@click.option("--json", "as_json", is_flag=True, help="one JSON object")
@_in_language
@_command
def show_status(settings: Settings, as_json: bool, lang: str) -> int:
    """Tell what is served, what is due, and what waits for the operator. Exit code 1 where something waits."""
    found = status.status(settings, _now())
    click.echo(json.dumps(status.to_json(found, lang)) if as_json else status.to_text(found, lang))
    return found.exit_code


@main.command("query")
@click.argument("query")
@click.option(
    "--format", "media_type", default="", help="media type of the results (default: text/csv, for a graph text/turtle)"
)
@_command
def ask(settings: Settings, query: str, media_type: str) -> int:
    """Run a SPARQL query, given as text or as a file; the merged graph is the default graph."""
    answer = querying.run_query(settings, querying.query_text(query), media_type)
    sys.stdout.buffer.write(answer.body)
    if answer.truncated:
        click.echo(f"ospo: cut at the limit of {answer.truncated}", err=True)
    return 0


@main.group("sources")
def sources_group() -> None:
    """Show and change the operator's list of sources."""


@sources_group.command("add")
@click.argument("address")
@click.option("--id", "identifier", help="a short name; made from the address when absent")
@click.option("--kind", type=click.Choice([str(kind) for kind in SourceKind]), default="description", show_default=True)
@click.option("--mapping", default="", help="for a table: the mapping to read it by, for example csis")
@click.option("--title", default="", help="what to call it")
@click.option("--licence", default="", help="address of its licence")
@click.option("--rank", type=int, default=100, show_default=True, help="order among the lists: the smaller wins")
@_command
def add_source(settings: Settings, address: str, identifier: str | None, **fields: Any) -> int:
    """Add the source at an address (or, for a table, in a file) to the list."""
    source = source_list.add(settings, address, identifier, **fields)
    click.echo(f"added {source.id}: {source.url}")
    return 0


@sources_group.command("remove")
@click.argument("identifier")
@_command
def remove_source(settings: Settings, identifier: str) -> int:
    """Remove a source from the list and from the merged view; what was accepted from it stays in the archive."""
    was_read = source_list.remove(settings, identifier, _now())
    click.echo(f"removed {identifier}" + ("; it is not served any more" if was_read else ""))
    return 0


@sources_group.command("confirm")
@click.argument("identifier")
@_command
def confirm_source(settings: Settings, identifier: str) -> int:
    """Serve the new version of a source that is held because it would take much away."""
    click.echo(f"confirmed {identifier}: {source_list.confirm(settings, identifier, _now())}")
    return 0


@sources_group.command("list")
@_command
def list_sources(settings: Settings) -> int:
    """Print the sources of the settings and of the list, and those learned from lists and other registries."""
    for source in (*settings.sources, *source_list.added(settings), *source_list.learned(settings)):
        learned = f"  (learned from {source.peer})" if source.peer else ""
        click.echo(f"{source.id:<24} {source.kind:<12} {source.url}{learned}")
    return 0


@main.command("settings")
def show_settings() -> None:
    """Print the table of settings that docs/operate.md shows."""
    click.echo(table())
