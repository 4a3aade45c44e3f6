"""The types of settings: what each allows, in words and as a check, and how it is read from TOML or from plain text.

A type is a value. The tables of `registry.settings` name one for each setting, so that a bound is written once: the
check, the message of an error and the table in docs/operate.md all come from it.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from reprlib import Repr
from typing import Any, Protocol
from urllib.parse import urlsplit

from registry.errors import SettingsError

MAX_URL_BYTES = 2048
MAX_PORT = 65_535
WEB_ADDRESS = "an http:// or https:// address (in ASCII, without user name and fragment)"  # what is_web_address allows
_MAX_LINE_CHARACTERS = 200
_MAX_PATH_CHARACTERS = 1024

# RFC 1123, section 2.1, with the underscore that networks of containers use
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_ORIGIN = re.compile(r"(https?)://(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::([1-9][0-9]{0,4}))?")
_WEB_ADDRESS = re.compile(r"https?://[!\"$-\[\]-~]+", re.IGNORECASE)  # ASCII without space, backslash and fragment
_MAIL_ADDRESS = re.compile(r"mailto:[\w.+-]+@[\w.-]+", re.ASCII)
_SOURCE_ADDRESS = re.compile(
    r"(?:https?://[^/?#\x00-\x20\x7f-\x9f\\\ud800-\udfff]|file:)[^\x00-\x20\x7f-\x9f\\\ud800-\udfff]*", re.IGNORECASE
)
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")  # RFC 3986, section 3.1
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}\.[0-9]{1,18}")
_DEFAULT_PORTS = {"http": "80", "https": "443"}

_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 80


class SettingType(Protocol):
    """What a setting may be. `str()` of a type says it in words that complete "must be …"."""

    def read(self, value: object) -> Any:
        """Return a value of TOML as the setting holds it. Raises ValueError when it is not allowed."""

    def parse(self, text: str) -> object:
        """Return the value of TOML that a text stands for, as a variable or a flag gives it; `read` judges it."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number within bounds, both included: an int where it is `whole`, else a float."""

    low: float
    high: float
    whole: bool = False

    def __str__(self) -> str:
        low, high = (int(bound) if bound == int(bound) else bound for bound in (self.low, self.high))
        return f"a {'whole ' if self.whole else ''}number from {low} to {high}"

    def read(self, value: object) -> int | float:
        """Return the number. `true` is none, though Python counts it as 1; nor is NaN."""
        if isinstance(value, bool) or not isinstance(value, int if self.whole else int | float):
            raise ValueError("not a number")
        if not self.low <= value <= self.high:
            raise ValueError("out of bounds")
        return value if self.whole else float(value)

    def parse(self, text: str) -> int | float:
        """Return the number that the digits of ASCII stand for, NaN where there is something else."""
        if _WHOLE.fullmatch(text):
            return int(text)
        return float(text) if _DECIMAL.fullmatch(text) else math.nan


@dataclass(frozen=True, slots=True)
class Text:
    """A text that the function `allows`; `words` say which.

    `suggest` returns what the author of a text that is not allowed may have meant, or "".
    """

    words: str
    allows: Callable[[str], bool]
    suggest: Callable[[str], str] = lambda text: ""

    def __str__(self) -> str:
        return self.words

    def read(self, value: object) -> str:
        """Return the text."""
        if not isinstance(value, str) or not self.allows(value):
            raise ValueError("not allowed")
        return value

    def parse(self, text: str) -> str:
        """Return the text as it is."""
        return text


@dataclass(frozen=True, slots=True)
class Items:
    """A list of items of one type, held as a tuple; a text has commas between them."""

    item: SettingType
    words: str
    least: int = 0
    most: int = 100

    def __str__(self) -> str:
        return self.words

    def read(self, value: object) -> tuple[Any, ...]:
        """Return the items in their order."""
        if not isinstance(value, list | tuple) or not self.least <= len(value) <= self.most:
            raise ValueError("not a list, or too short or too long")
        return tuple(self.item.read(item) for item in value)

    def parse(self, text: str) -> list[object]:
        """Return the items between the commas; none for an empty text."""
        return [self.item.parse(item.strip()) for item in text.split(",")] if text else []


@dataclass(frozen=True, slots=True)
class Places:
    """Host names, each with the address and port that stand for it; a text has `host=address:port`, commas between."""

    most: int = 10_000

    def __str__(self) -> str:
        return "a table of host names, each with address:port, like a.example = 127.0.0.1:8080"

    def read(self, value: object) -> dict[str, str]:
        """Return host → address:port, as they were written."""
        if not isinstance(value, Mapping) or len(value) > self.most:
            raise ValueError("not a table, or too large")
        for host, address in value.items():
            if not isinstance(host, str) or not is_host(host.lower().removesuffix(".")):
                raise ValueError("not a host name")
            socket_address(address)
        return dict(value)

    def parse(self, text: str) -> dict[str, str]:
        """Return the pairs between the commas."""
        pairs = (item.partition("=") for item in text.split(",")) if text else ()
        return {host.strip(): address.strip() for host, _, address in pairs}


def checked(subject: str, type_: SettingType, value: object, *, from_text: bool = False) -> Any:
    """Return a value as its type reads it, `from_text` where it is a text that stands for a value.

    Raises SettingsError with the subject, the value and what is allowed.
    """
    try:
        return type_.read(type_.parse(value) if from_text and isinstance(value, str) else value)
    except ValueError as error:
        suggestion = type_.suggest(value) if isinstance(type_, Text) and isinstance(value, str) else ""
        meant = f": did you mean {suggestion!r}?" if suggestion else ""
        raise SettingsError(f"{subject} is {abbreviated(value)}, but must be {type_}{meant}") from error


def unknown(what: str, name: object, names: Collection[str]) -> SettingsError:
    """Return the error for a name that is none of these, with the nearest of them."""
    suggestion = nearest(str(name), names)
    return SettingsError(f"{what} {abbreviated(name)}" + (f": did you mean {suggestion!r}?" if suggestion else ""))


def choice(names: Collection[str]) -> Text:
    """Return the type of a text that is one of these names; for another, the nearest is suggested."""
    return Text(f"one of {', '.join(names)}", lambda text: text in names, lambda text: nearest(text, names))


def nearest(text: str, names: Collection[str], likeness: float = 0.6) -> str:
    """Return the name that is most like a text, or "" when none has that likeness (0 to 1, by `difflib`)."""
    return next(iter(difflib.get_close_matches(text[:100], names, 1, likeness)), "")


def abbreviated(value: object) -> str:
    """Return a value as an error message shows it: on one line, and without its middle where it is long."""
    try:
        return _SHORT.repr(value)
    except ValueError:  # an int of more than 4,300 digits, which TOML may write in hexadecimal
        return "a number of thousands of digits"


def socket_address(text: object) -> tuple[str, int]:
    """Return the IP address and the port of a text like 127.0.0.1:8080 or [::1]:8080. Raises ValueError."""
    number, _, port = text.rpartition(":") if isinstance(text, str) else ("", "", "")
    bare = number[1:-1] if number.startswith("[") and number.endswith("]") else number
    if not is_ip_address(bare) or not _WHOLE.fullmatch(port) or not 1 <= int(port) <= MAX_PORT:
        raise ValueError(f"{abbreviated(text)} is not address:port")
    return bare, int(port)


def is_host(text: str) -> bool:
    """Return whether a text is a host name in small letters of ASCII, or an IP address without brackets and zone."""
    is_name = len(text) <= 253 and _HOST.fullmatch(text) and not text.rpartition(".")[2].isdigit()
    return bool(is_name) or is_ip_address(text)


def is_ip_address(text: str) -> bool:
    """Return whether a text is an IPv4 or IPv6 address, without brackets and zone."""
    try:
        return "%" not in text and bool(ip_address(text))
    except ValueError:
        return False


def is_network(text: str) -> bool:
    """Return whether a text is an IP network whose host bits are zero."""
    try:
        return bool(ip_network(text))
    except ValueError:
        return False


def is_origin(text: str) -> bool:
    """Return whether a text is a scheme, a host and perhaps a port, written as browsers do (RFC 6454, section 6.2)."""
    match = _ORIGIN.fullmatch(text)
    if not match:
        return False
    scheme, number, name, port = match.groups()
    return port != _DEFAULT_PORTS[scheme] and int(port or 1) <= MAX_PORT and is_host(name or number)


def is_web_address(text: str) -> bool:
    """Return whether a text is an http or https address with a host, without user name and fragment, in ASCII."""
    if len(text) > MAX_URL_BYTES or not _WEB_ADDRESS.fullmatch(text):
        return False
    try:
        parts = urlsplit(text)
        return "@" not in parts.netloc and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a bracket that is not closed, or a port beyond 65535
        return False


def is_source_address(text: str) -> bool:
    """Return whether a text has the form of a source's address; whether it may be contacted, the crawler judges."""
    return len(text.encode(errors="replace")) <= MAX_URL_BYTES and bool(_SOURCE_ADDRESS.fullmatch(text))


def is_contact(text: str) -> bool:
    """Return whether a text is a link that can stand in the comment of a User-Agent (RFC 9110, section 5.6.5)."""
    is_mail = len(text) <= _MAX_LINE_CHARACTERS and bool(_MAIL_ADDRESS.fullmatch(text))
    return is_mail or (is_web_address(text) and not set("()") & set(text))


def is_line(text: str) -> bool:
    """Return whether a text fits on a line of 200 characters, without control characters."""
    return len(text) <= _MAX_LINE_CHARACTERS and not _UNPRINTABLE.search(text)


def is_folder(text: str) -> bool:
    """Return whether a text can be the path of a folder; what begins like an address is none."""
    is_path = bool(text.strip()) and len(text) <= _MAX_PATH_CHARACTERS and not _UNPRINTABLE.search(text)
    return is_path and not _SCHEME.match(text)
