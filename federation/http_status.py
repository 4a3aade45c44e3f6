"""What a status other than 200 means for a source, with a sentence for the publisher; pure."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime

from federation.transport import Failure, Response
from registry.model import Outcome
from registry.reasons.reasons import reason

_MAX_RETRY_AFTER_SECONDS = 86_400.0
# These ask for a later try, like 5xx: RFC 9110, sections 15.5.9 and 15.5.20, RFC 8470, RFC 6585
_RETRY_STATUSES = (408, 421, 425, 429)


def failure(response: Response) -> Failure:
    """Return what a response without a usable body means: GONE, UNREACHABLE or REFUSED, with the reason in words."""
    status, url = response.status, response.url
    if status in (404, 410):
        return Failure(Outcome.GONE, reason("status-nothing", url=url, status=status))
    if status in _RETRY_STATUSES or status >= 500:
        return Failure(Outcome.UNREACHABLE, reason("status-later", url=url, status=status))
    if status == 304:  # to a request without conditions, so that there is no earlier body to keep
        return Failure(Outcome.UNREACHABLE, reason("status-unasked", url=url))
    if status in (401, 403, 407, 451):
        return Failure(Outcome.REFUSED, reason("status-closed", url=url, status=status))
    return Failure(Outcome.REFUSED, reason("status-other", url=url, status=status))


def retry_after(response: Response, now: datetime) -> float | None:
    """Return the seconds that `Retry-After` asks for, at most a day, or None (RFC 9110, section 10.2.3)."""
    value = response.header("retry-after").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), _MAX_RETRY_AFTER_SECONDS)
    try:
        seconds = (parsedate_to_datetime(value) - now).total_seconds()
    except (TypeError, ValueError, OverflowError):  # TypeError: a date without a time zone
        return None
    return min(max(seconds, 0.0), _MAX_RETRY_AFTER_SECONDS)
