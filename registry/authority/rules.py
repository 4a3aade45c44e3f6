"""Who may speak for what: one rule for offices, one for policies, both functions of values (design, section 8, rule 1).

A source speaks for the offices of its own host, and for the policies that belong to them. A list that the operator
chose, and what this registry compiled, are believed where nobody speaks. Whatever else a source says is a claim.
"""

from __future__ import annotations

from enum import IntEnum

from registry.iri.addresses import home, host, is_well_known
from registry.model import Layer, Source, SourceKind, SourceState
from registry.vocabulary import jurisdictions


class Standing(IntEnum):
    """How much the word of a source about a thing weighs; the smaller number is heard first."""

    SPEAKS = 0  # the office itself, or the office to which the policy belongs
    LISTED = 1  # a list or table that the operator chose
    COMPILED = 2  # compiled by this registry
    CLAIMED = 3  # anybody else


def may_speak_for_office(state: SourceState, homepage: str) -> str:
    """Return why what is served of a source speaks for the office with that home page, "" where it does not.

    - `back-link`: the home page, of the same site, names the accepted copy as its description;
    - `well-known`: the copy came, after redirects, from the well-known address of the host of the home page;
    - `own-path`: from that host, below the home page;
    - `own-host`: from elsewhere on that host, on which there may be several offices.

    A copy that another registry gave speaks for nobody.
    """
    if state.copied_from:
        return ""
    if state.named_by != "" and home(homepage) == home(state.named_by):
        return "back-link"
    if host(homepage) == "" or host(homepage) != host(state.accepted_address):
        return ""
    if is_well_known(state.accepted_address):
        return "well-known"
    return "own-path" if covers(homepage, state.accepted_address) else "own-host"


def covers(page: str, other: str) -> bool:
    """Return whether an address is that page, or stands below it: in its folder, where the page is a file.

    >>> covers("https://a.example/x", "https://a.example/x/y"), covers("https://a.example/x", "https://a.example/xy")
    (True, False)
    >>> covers("https://a.example/x/index.html", "https://a.example/x/y")
    True
    """
    above, below = home(page).partition("?")[0], home(other).partition("?")[0]
    folder = above.rpartition("/")[0] if "." in above.rpartition("/")[2] and "/" in above else above
    return below == above or below.startswith(f"{folder}/")


def speaks_for_page(state: SourceState, homepage: str, because: str, page: str) -> bool:
    """Return whether a source that speaks for an office, for that reason, speaks for a page on the office's host.

    The page stands below the home page; and, where neither the well-known address nor the home page itself names the
    source, in the folder of its file too: whoever has one folder of a shared host does not speak for the whole of it.
    """
    if not because or host(page) != host(homepage) or not covers(homepage, page):
        return False
    if because in ("well-known", "back-link"):
        return True
    return covers(state.accepted_address.rpartition("/")[0] + "/", page)


def may_alias(state: SourceState, homepage: str, alias: str) -> bool:
    """Return whether a source may say that another page of the office's host is a home page of the same office.

    Nobody can alias away somebody else's office (design, section 8, rule 3): the file at the well-known address may say
    it of its whole host, any other of pages for which it speaks.
    """
    because = may_speak_for_office(state, homepage)
    on_host = host(alias) != "" and host(alias) == host(homepage)
    return on_host and (because == "well-known" or speaks_for_page(state, homepage, because, alias))


def may_speak_for_policy(
    *,
    own_page: bool,
    spoken_for: bool,
    attributed: bool,
    trusted: bool,
    first: bool,
) -> str:
    """Return why an office speaks for a policy that it says it issues: own-host, attributed, first-claim, or "".

    `own_page`: the office speaks for the policy's page, or there is none; `spoken_for`: another office speaks for that
    page; `attributed`: a list of the operator or the compiled layer says that this office issues the policy;
    `trusted`: one of these describes the policy at all; `first`: nobody claimed the policy before.
    """
    if own_page:
        return "own-host"
    if spoken_for:
        return ""
    if attributed:
        return "attributed"
    return "first-claim" if first and not trusted else ""


def is_of_country(policy: str, office: str) -> bool:
    """Return whether an office may issue a policy of that country: its own, or one that is not told; both are codes.

    What an office says of the law of another country is a claim, on whatever host the page stands.
    """
    codes = [jurisdictions.country_code(code) for code in (policy, office) if code]
    return len(set(codes)) < 2


def standing_without_authority(source: Source) -> tuple[Standing, str]:
    """Return the standing of a source that does not speak for a thing, and why."""
    if source.layer is Layer.COMPILED and not source.peer:
        return Standing.COMPILED, "compiled"
    if source.kind in (SourceKind.LIST, SourceKind.TABLE) and not source.peer:
        return Standing.LISTED, "operators-list"
    return Standing.CLAIMED, "claim"


def layer(source: Source, *, authority: bool) -> Layer:
    """Return who assessed what a source says of a thing; only authority over it makes that self-declared."""
    if authority:
        return Layer.SELF_DECLARED
    return Layer.IMPORTED if source.layer is Layer.SELF_DECLARED else source.layer
