"""What a status other than 200 means for a source, with a sentence for the publisher; pure."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime

from federation.transport import Failure, Response
from registry.model import Outcome

_MAX_RETRY_AFTER_SECONDS = 86_400.0
# These ask for a later try, like 5xx: RFC 9110, sections 15.5.9 and 15.5.20, RFC 8470, RFC 6585
_RETRY_STATUSES = (408, 421, 425, 429)


def failure(response: Response) -> Failure:
    """Return what a response without a usable body means: GONE, UNREACHABLE or REFUSED, with the reason in words."""
    status, url = response.status, response.url
    if status in (404, 410):
        reason = f"{url} answers {status}, there is nothing: publish the file there, or correct the address"
        return Failure(Outcome.GONE, reason)
    if status in _RETRY_STATUSES or status >= 500:
        return Failure(Outcome.UNREACHABLE, f"{url} answers {status}: it will be tried again later")
    if status == 304:  # to a request without conditions, so that there is no earlier body to keep
        return Failure(Outcome.UNREACHABLE, f"{url} answers 304 to a request without conditions: fix the server")
    if status in (401, 403, 407, 451):
        return Failure(Outcome.REFUSED, f"{url} answers {status}: let everybody read it, without logging in")
    return Failure(Outcome.REFUSED, f"{url} answers {status}, and only 200 brings a file: make it answer 200")


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
