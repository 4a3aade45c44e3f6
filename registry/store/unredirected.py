"""SPARQLWrapper that asks the address it was given, and no other: a redirect is an error, told with where it leads."""

from __future__ import annotations

from email.message import Message
from http.client import HTTPResponse
from typing import IO, NoReturn
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from SPARQLWrapper import SPARQLWrapper

_TOLD_BYTES = 1000  # of what a server says of an error


class _Unredirected(HTTPRedirectHandler):
    """Refuses every redirect: whoever answers for the server, or changes its answers, would choose what we ask whom."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> NoReturn:
        """Raise HTTPError."""
        raise HTTPError(req.full_url, code, f"it leads to {newurl[:200]}: name that one, if it is right", headers, fp)


_OPENER = build_opener(_Unredirected)


class UnredirectedWrapper(SPARQLWrapper):
    """Raises OSError for a redirect, and for every other answer that is no success, with how the server puts it."""

    def _query(self) -> tuple[HTTPResponse, str]:
        """Send the request; return the response and the format that SPARQLWrapper is to expect."""
        try:
            return _OPENER.open(self._createRequest(), timeout=self.timeout), self.returnFormat
        except HTTPError as error:
            raise OSError(f"{error}: {error.read(_TOLD_BYTES)!r}") from error
