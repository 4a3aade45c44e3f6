"""One office in every spelling of its address, from the crawl to the merged graph, over real HTTP."""

import pytest

from registry.model import Source, SourceKind
from registry.store.protocol import select
from tests.support.visits import PREFIXES, Visits, office
from tests.support.web import answer, web

WELL_KNOWN = "/.well-known/ospo-meta"
IDN = "xn--mnchen-3ya.example"


def standings(visits):
    """Return the names of the offices about which something is said, and who says it with which standing."""
    query = f"""SELECT ?thing ?voice ?standing WHERE {{ GRAPH <{visits.settings.base}/authority> {{
        ?voice dcterms:subject ?thing ; ospo:standing ?standing }} }}"""
    rows = select(visits.store, PREFIXES + query)
    said = {row["voice"].value.split("/")[4]: row["standing"].value.rpartition("/")[2] for row in rows}
    return {row["thing"].value.rpartition("/")[2] for row in rows}, said


@pytest.mark.parametrize("declared", [f"http://{IDN}/", "http://münchen.example/", "http://MÜNCHEN.example.:80"])
@pytest.mark.parametrize("named", ["http://münchen.example/", f"http://{IDN}", "http://www.MÜNCHEN.example./"])
def test_an_office_on_an_internationalised_host_speaks_for_itself(tmp_path, declared, named):
    with web({WELL_KNOWN: answer(office(named), content_type="application/yaml")}) as site:
        listing = Source("list", "http://b.example/all.yaml", SourceKind.LIST)
        site.routes["b.example/all.yaml"] = answer(f"{declared}:\n  name: Listed\n  country: FR\n")
        visits = Visits(site, tmp_path, declared, listing, hosts=(IDN, "b.example"))
        state = visits(0)
    assert (state.outcome, [fact.method for fact in state.verifications]) == ("accepted", ["self-published"])
    assert set(visits.offices()) == {named}
    assert standings(visits) == ({"xn-mnchen-3ya-example"}, {"own": "speaks", "list": "listed"})


@pytest.mark.parametrize(
    "spellings",
    [
        "https://pct.example/caf%C3%A9 https://pct.example/caf%c3%a9 https://pct.example/café "
        "https://pct.example/cafe\u0301 https://pct.example/%63af%C3%A9 https://pct.example/x/../caf%C3%A9",
        "http://dup.example https://www.dup.example/ https://DUP.example/ https://dup.example:443/ "
        "https://dup.example/? https://dup.example./ https://dup.example/#top https://dup.example//",
    ],
    ids=["percent-encoding", "host and end"],
)
def test_all_spellings_of_a_page_in_a_list_are_one_office(tmp_path, spellings):
    listed = "".join(f"{page}:\n  name: The office\n  country: FI\n" for page in spellings.split())
    with web({"/all.yaml": answer(listed, content_type="application/yaml")}) as site:
        visits = Visits(site, tmp_path, Source("list", "http://a.example/all.yaml", SourceKind.LIST))
        assert visits(0).outcome == "accepted"
    assert len(visits.offices()) == 1
