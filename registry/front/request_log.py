"""The log of requests: one JSON object a line, written by a thread of its own, so that its reader holds no visitor."""

from __future__ import annotations

import json
import queue
import sys
import threading
from datetime import UTC, datetime
from typing import Any, TextIO

from registry.front.tally import Counts

_WAITING_LINES = 10_000  # beyond them lines are dropped, and counted
_LONGEST = 2_000  # characters of a path


class RequestLog:
    """Writes lines to a stream; with None it writes nothing."""

    def __init__(self, stream: TextIO | None, counts: Counts) -> None:
        self._stream, self._counts = stream, counts
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue(_WAITING_LINES)
        if stream is not None:
            threading.Thread(target=self._write, args=(stream,), name="request log", daemon=True).start()

    def note(self, *, path: str, **facts: Any) -> None:
        """Write the facts of one request, with the moment (UTC)."""
        if self._stream is None:
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        try:
            self._lines.put_nowait({"at": now, "path": path[:_LONGEST], **facts})
        except queue.Full:
            self._counts.add("ospo_log_lines_dropped")

    def close(self) -> None:
        """Write what was noted so far, for a second at the most."""
        if self._stream is None:
            return
        done = threading.Thread(target=self._lines.join, daemon=True)
        done.start()
        done.join(1)

    def _write(self, stream: TextIO) -> None:
        while True:
            line = self._lines.get()
            try:
                stream.write(json.dumps(line) + "\n")
                stream.flush()
            except (OSError, ValueError):
                stream = sys.__stderr__ or stream  # the reader is gone
            finally:
                self._lines.task_done()
