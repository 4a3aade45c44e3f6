"""Where a server does not take back what failed midway, the next writer makes good what is half done."""

from dataclasses import replace

import pytest

from registry.archive import Archive
from registry.errors import StoreError
from registry.iri.names import description_graph, merged_graph
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import NOTHING, graph
from registry.store.sparql_text import insert_new, together
from registry.writer import Writer
from tests.support.merged import AT, COMPILED, SETTINGS, SOURCES, read, received

SOURCE = SOURCES["bundled-fr"][0]
CHANGED = COMPILED.replace(b"An old plan", b"An older plan")


class Halting(EmbeddedStore):
    """A store in which each operation of an update is a transaction of its own, and the server may go in between."""

    def __init__(self):
        super().__init__()
        self.operations = self.done = 0
        self.halts_after = None

    def update(self, text, new=NOTHING):
        self.done = 0
        for operation in together((insert_new(new), text)).split(
            "\n;\n"
        ):  # as `together` joins them; no text of N-Triples has a line feed
            if self.done == self.halts_after:
                raise StoreError("the server has gone")
            super().update(operation)
            self.done += 1


@pytest.mark.parametrize("operations", range(12))
def test_what_was_left_half_done_of_sources_that_are_not_known_is_made_good(tmp_path, operations):
    store, archive = Halting(), Archive(str(tmp_path))
    sources = [replace(SOURCE, id=name, url=f"https://{name}.example/ospo.yaml") for name in "ab"]
    store.halts_after = operations
    try:
        Writer(store, archive, read, SETTINGS).admit_together([received(source, COMPILED) for source in sources])
        assert store.done <= operations
    except StoreError:
        assert store.done == operations
    store.halts_after = None
    after, clean = Writer(store, archive, read, SETTINGS), EmbeddedStore()
    after.catch_up()
    other = Writer(clean, archive, read, SETTINGS)
    other.replay()
    for writer in (after, other):
        writer.merge()
    served = [[(state.source, state.accepted_digest, state.archived) for state in of.states()] for of in (after, other)]
    assert served[0] == served[1]
    for name in (merged_graph(SETTINGS.base), *(description_graph(SETTINGS.base, source.id) for source in sources)):
        assert set(graph(store, name)) == set(graph(clean, name)) != set()


@pytest.mark.parametrize("operations", range(9))
def test_what_was_left_half_done_is_made_good_from_the_archive(tmp_path, operations):
    store, archive = Halting(), Archive(str(tmp_path))
    writer = Writer(store, archive, read, SETTINGS)
    writer.admit(received(SOURCE, COMPILED))
    writer.merge()
    store.halts_after = operations
    try:
        writer.admit(received(SOURCE, CHANGED, AT.replace(day=23)))
        assert store.done <= operations
    except StoreError:
        assert store.done == operations
    store.halts_after = None
    after = Writer(store, archive, read, SETTINGS)
    after.catch_up()
    after.merge()
    clean = EmbeddedStore()
    other = Writer(clean, archive, read, SETTINGS)
    other.replay()
    other.merge()
    for name in (merged_graph(SETTINGS.base), description_graph(SETTINGS.base, SOURCE.id)):
        assert set(graph(store, name)) == set(graph(clean, name)) != set()
