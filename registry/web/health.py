"""What the process says of itself: that it works, whether its data are loaded, and whether they are behind.

Nothing here waits for the store or for lists that are being read.
"""

from __future__ import annotations

from typing import Any

from registry.readmodel.catalogue import Catalogue


def health(catalogue: Catalogue) -> dict[str, Any]:
    """Return the state of the process: `status` is ok, loading or behind, `revision` that of the data that are shown.

    `behind` says that the store has a later state than the one that is shown, since it is being read or cannot be;
    `failures` is there while it cannot be, and why stands in the log: it may name folders of this machine.
    """
    shown, failure = catalogue.shown(), catalogue.failure()
    behind = failure is not None or (shown is not None and catalogue.is_renewing())
    status = "loading" if shown is None else "behind" if behind else "ok"
    said = {"status": status, "loaded": shown is not None, "behind": behind}
    said["revision"] = shown.revision if shown else None
    return said | ({"failures": failure.times} if failure else {})
