"""The messages between a worker and its parent: frames of a JSON header and raw bytes.

A hostile document may have taken over the worker. So no Python objects (pickle) are sent: nothing in a frame can become
code in the parent.
"""

from __future__ import annotations

import json
import os
import select
import struct
import time
from typing import Any

_LENGTHS = struct.Struct("!II")  # of the header and of the body, in bytes; they begin a frame
_MAX_BYTES = 64 * 1024 * 1024  # of a frame


def send(descriptor: int, header: dict[str, Any], body: bytes = b"") -> None:
    """Write one frame to a file descriptor. Raises OSError if the other side has closed its end."""
    head = json.dumps(header).encode()
    rest = memoryview(_LENGTHS.pack(len(head), len(body)) + head + body)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def receive(descriptor: int, seconds: float | None = None) -> tuple[dict[str, Any], bytes]:
    """Read one frame and return its header and body; `seconds` limits the time for all of it, None for no limit.

    Raises EOFError if the other side has closed its end, TimeoutError, and ValueError for bytes that are not a frame.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    head_length, body_length = _LENGTHS.unpack(_exactly(descriptor, _LENGTHS.size, deadline))
    if head_length + body_length > _MAX_BYTES:
        raise ValueError("the frame is too large")
    header = json.loads(_exactly(descriptor, head_length, deadline))
    if not isinstance(header, dict):
        raise ValueError("the header is no object")
    return header, _exactly(descriptor, body_length, deadline)


def _exactly(descriptor: int, length: int, deadline: float | None) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                raise TimeoutError
        part = os.read(descriptor, min(length - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)
