"""Visit after visit over real HTTP: what is asked for, what counts as verified, and what is held."""

import pytest

from registry.model import Outcome, Source, SourceKind
from tests.support.visits import Visits, day, office
from tests.support.web import answer, redirect, web

WELL_KNOWN = "/.well-known/ospo-meta"
HOME = "http://a.example/"
ALL_WELL_KNOWN = [WELL_KNOWN + suffix for suffix in ("", ".yaml", ".jsonld", ".ttl")]
BLOCK = """<!doctype html><title>Office</title><script type="application/ld+json">
{"@context": "https://w3id.org/ospo/ns/context.jsonld", "type": "Office", "url": "http://a.example/",
 "name": {"en": "Office"}, "country": "FR", "description": {"en": "In the page."}}</script>"""
PARKED = answer("<!doctype html><title>This domain is for sale</title>", content_type="text/html")


def static(body, tag='"1"', **headers):
    """Answer as a server does whose file has this ETag: 304 to whoever has it already."""

    def respond(request):
        if request.headers.get("if-none-match") == tag:
            return answer(status=304, content_length=None, etag=tag)
        return answer(body, etag=tag, last_modified="Thu, 01 Jan 2026 00:00:00 GMT", **headers)

    return respond


def page(body="<!doctype html><title>Home</title>", tag='"page"'):
    return static(body, tag, content_type="text/html")


def file(words="One.", home=HOME, tag='"file"'):
    return static(office(home, words), tag, content_type="application/yaml")


def conditions(site):
    """Return the paths that were asked for conditionally."""
    return [request.path for request in site.requests if "if-none-match" in request.headers]


# ---- What a validator belongs to


def test_a_well_known_file_that_appears_beside_a_static_home_page_is_seen_at_the_next_visit(tmp_path):
    with web({"/": page()}) as site:
        visits = Visits(site, tmp_path, HOME)
        assert [visits(number).outcome for number in (0, 1)] == ["unreadable", "unreadable"]
        site.routes[WELL_KNOWN] = file()
        state = visits(2)
        assert (state.outcome, state.final_address, visits.asked) == (
            "accepted",
            f"http://a.example{WELL_KNOWN}",
            [WELL_KNOWN],
        )
        assert conditions(site) == []
        assert (visits(3).outcome, visits.asked, conditions(site)) == ("unchanged", [WELL_KNOWN], [WELL_KNOWN])
    assert visits.offices() == {HOME: "One."}


@pytest.mark.parametrize("home", [page(), page(BLOCK), page('<link rel="describedby" href="/other.yaml">')])
@pytest.mark.parametrize("missing", [answer(status=404), answer(status=410), PARKED])
def test_after_a_reading_of_nothing_the_file_is_back_as_soon_as_it_is_there_again(tmp_path, home, missing):
    with web({"/": home, WELL_KNOWN: file(), "/other.yaml": answer(status=404)}) as site:
        visits = Visits(site, tmp_path, HOME)
        visits(0)
        site.routes[WELL_KNOWN] = missing
        assert visits(1).outcome != "unchanged"
        site.routes[WELL_KNOWN] = file()
        state = visits(2)
    assert (state.is_up_to_date, state.last_verified, state.failing_since) == (True, day(2), None)
    assert state.accepted_address == f"http://a.example{WELL_KNOWN}"
    assert visits.offices() == {HOME: "One."}
    assert visits.is_what_the_archive_makes()


@pytest.mark.parametrize("known", ["block", "describedby"])
def test_what_a_static_home_page_says_gives_way_to_the_well_known_address(tmp_path, known):
    home = page(BLOCK) if known == "block" else page('<link rel="describedby" href="/other.yaml">')
    with web({"/": home, "/other.yaml": file("Named.", tag='"other"')}) as site:
        visits = Visits(site, tmp_path, HOME)
        visits(0)
        assert visits.offices() == {HOME: "In the page." if known == "block" else "Named."}
        assert visits(1).outcome == "unchanged"
        assert conditions(site) == ["/" if known == "block" else "/other.yaml"]
        for suffix in reversed(ALL_WELL_KNOWN):
            site.routes[suffix] = file(f"At {suffix}.", tag=f'"{suffix}"')
            assert visits(2).outcome == "accepted"
            assert visits.offices() == {HOME: f"At {suffix}."}


def test_every_address_is_asked_for_once_a_visit(tmp_path):
    with web({"/": page(BLOCK)}) as site:
        visits = Visits(site, tmp_path, HOME)
        for number in range(3):
            visits(number)
            assert sorted(visits.asked) == sorted(["/", *ALL_WELL_KNOWN])
            assert visits.asked[0] == WELL_KNOWN


def test_a_block_that_leaves_an_unchanging_address_is_not_taken_for_unchanged(tmp_path):
    with web({"/x": page(BLOCK)}) as site:
        visits = Visits(site, tmp_path, "http://a.example/x")
        visits(0)
        site.routes["/x"] = page("<!doctype html><title>New</title>", tag='"new"')
        assert visits(1).outcome == "unreadable"
        assert (visits(2).outcome, visits.state().last_verified) == ("unreadable", day(0))
        site.routes["/x"] = page(BLOCK)  # with the ETag of the first day
        assert (visits(3).outcome, visits.state().last_verified) == ("unchanged", day(3))


def test_a_file_that_fails_for_now_at_the_well_known_address_is_not_replaced_by_another(tmp_path):
    with web({"/": page('<link rel="describedby" href="/other.yaml">'), WELL_KNOWN: file()}) as site:
        site.routes["/other.yaml"] = file("Another.", tag='"other"')
        visits = Visits(site, tmp_path, HOME)
        visits(0)
        site.routes[WELL_KNOWN] = answer(status=503)
        assert (visits(1).outcome, visits.asked) == ("unreachable", [WELL_KNOWN])
    assert visits.offices() == {HOME: "One."}


# ---- What verifies


@pytest.mark.parametrize(
    "parked", [PARKED, page("<html><p>Not found</p>"), answer("Not found", content_type="text/plain")]
)
@pytest.mark.parametrize("address", [f"http://a.example{WELL_KNOWN}", HOME, "http://a.example/ospo.yaml"])
def test_a_parked_domain_is_unreadable_at_every_visit_verifies_nothing_and_leaves(tmp_path, parked, address):
    path = WELL_KNOWN if address == HOME else address.removeprefix("http://a.example")
    with web({path: file()}) as site:
        visits = Visits(site, tmp_path, address, unreadable_grace_days=10.0)
        verified = visits(0).verifications
        assert [fact.method for fact in verified] == ["self-published"]
        site.routes = dict.fromkeys(["/", "/ospo.yaml", *ALL_WELL_KNOWN], parked)
        for number in (1, 2, 10):
            state = visits(number)
            assert (state.outcome, state.last_verified, state.archived) == ("unreadable", day(0), False)
            assert state.verifications == verified
            assert visits.offices() == {HOME: "One."}
        assert visits(11).archived
        assert (visits.state().verifications, visits.offices()) == ((), {})
        visits(12)
        assert visits.events() == ["accepted", "unreadable", "unreadable"]  # the last one, because it left
        site.routes = {path: file()}
        assert (visits(13).is_up_to_date, visits.offices()) == (True, {HOME: "One."})
    assert visits.is_what_the_archive_makes()


def test_a_file_that_breaks_a_rule_has_the_same_grace(tmp_path):
    with web({WELL_KNOWN: file()}) as site:
        visits = Visits(site, tmp_path, HOME, unreadable_grace_days=10.0)
        visits(0)
        site.routes[WELL_KNOWN] = static("url: http://a.example/\ncountry: FR\n")
        assert [(visits(number).outcome, visits.state().archived) for number in (5, 6, 14)] == [("rejected", False)] * 3
        assert (visits.state().last_verified, visits.offices()) == (day(0), {HOME: "One."})
        assert (visits(15).archived, visits.offices()) == (True, {})
        assert visits.events() == ["accepted", "rejected", "rejected"]


def test_kinds_of_failure_that_take_turns_do_not_keep_a_copy_for_ever(tmp_path):
    with web({WELL_KNOWN: file()}) as site:
        visits = Visits(site, tmp_path, f"http://a.example{WELL_KNOWN}")
        visits(0)
        for number in range(1, 70):
            site.routes[WELL_KNOWN] = (PARKED, answer(status=503))[number % 2]
            visits(number)
            if visits.state().archived:
                break
    assert number == 31


SAID = {
    "en": "The copy of 2026-01-01 is shown until 2026-02-05, because",
    "fr": "La copie du 2026-01-01 est présentée jusqu’au 2026-02-05, car",
    "de": "Die Fassung vom 2026-01-01 wird bis zum 2026-02-05 gezeigt, weil",
    "es": "La copia del 2026-01-01 se muestra hasta el 2026-02-05, porque",
    "it": "La copia del 2026-01-01 viene mostrata fino al 2026-02-05, perché",
    "nl": "De kopie van 2026-01-01 wordt getoond tot 2026-02-05, omdat",
}


@pytest.mark.parametrize("new", [PARKED, redirect("http://b.example/ospo.yaml", 301)], ids=["unreadable", "held"])
def test_the_page_says_in_every_language_until_when_the_copy_is_shown(tmp_path, new):
    with web({"/ospo.yaml": file(), "b.example/ospo.yaml": file("Other.", "http://b.example/")}) as site:
        visits = Visits(site, tmp_path, "http://a.example/ospo.yaml", unreadable_grace_days=30.0, hold_days=30.0)
        visits(0)
        site.routes["a.example/ospo.yaml"] = new
        visits(5)
        for language, said in SAID.items():
            assert said in visits.page(language)
        if new is not PARKED:
            assert "since 2026-01-06" in visits.page()
            assert "it was read at http://b.example/ospo.yaml" in visits.page()
            assert "does not speak for http://a.example/ any more" in visits.page()


# ---- What would take an office away

OTHERS = {"b.example/ospo.yaml": file("Other.", "http://b.example/"), "b.example/copy.yaml": file("Forged.", HOME)}


@pytest.mark.parametrize("target", ["http://b.example/ospo.yaml", "http://b.example/copy.yaml"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_that_takes_an_office_away_is_held_for_a_time(tmp_path, target, status):
    with web({"a.example/ospo.yaml": file(), **OTHERS}) as site:
        visits = Visits(site, tmp_path, "http://a.example/ospo.yaml", hold_days=10.0)
        verified = visits(0).verifications
        site.routes["a.example/ospo.yaml"] = redirect(target, status)
        for number in (1, 2, 10):
            state = visits(number)
            assert (state.outcome, state.held_since, state.last_verified) == ("held", day(1), day(0))
            assert (state.verifications, visits.offices()) == (verified, {HOME: "One."})
        assert visits.events() == ["accepted", "held"]
        state = visits(11)
        assert state.outcome in ("accepted", "moved")
        assert (state.held_since, state.accepted_at, state.accepted_address) == (None, day(11), target)
        assert visits.offices() == ({HOME: "Forged."} if "copy" in target else {"http://b.example/": "Other."})
    assert visits.is_what_the_archive_makes()


def test_a_held_redirect_is_taken_as_soon_as_the_operator_confirms(tmp_path):
    with web({"a.example/ospo.yaml": file(), **OTHERS}) as site:
        visits = Visits(site, tmp_path, "http://a.example/ospo.yaml")
        visits(0)
        site.routes["a.example/ospo.yaml"] = redirect("http://b.example/ospo.yaml")
        visits(1)
        visits(2)
        state = visits.writer.confirm("own", day(3))
        visits.writer.merge()
        assert (state.outcome, state.accepted_at, state.last_attempt) == (Outcome.ACCEPTED, day(1), day(2))
        assert visits.offices() == {"http://b.example/": "Other."}
        assert visits(4).outcome == "unchanged"
    assert visits.is_what_the_archive_makes()


def test_what_is_held_is_forgotten_when_the_source_is_as_before(tmp_path):
    with web({"a.example/ospo.yaml": file(), **OTHERS}) as site:
        visits = Visits(site, tmp_path, "http://a.example/ospo.yaml", hold_days=10.0)
        visits(0)
        for number in (1, 21, 41):
            site.routes["a.example/ospo.yaml"] = redirect("http://b.example/ospo.yaml")
            assert (visits(number).outcome, visits.state().held_since) == ("held", day(number))
            site.routes["a.example/ospo.yaml"] = file()
            assert (visits(number + 5).is_up_to_date, visits.state().held_since) == (True, None)
    assert visits.offices() == {HOME: "One."}


def test_failures_neither_end_nor_renew_what_is_held(tmp_path):
    with web({"a.example/ospo.yaml": file(), **OTHERS}) as site:
        visits = Visits(site, tmp_path, "http://a.example/ospo.yaml", hold_days=10.0)
        visits(0)
        for number, route in ((1, None), (4, answer(status=503)), (6, PARKED), (8, None)):
            site.routes["a.example/ospo.yaml"] = route or redirect("http://b.example/ospo.yaml")
            assert visits(number).held_since == day(1)
        assert (visits.state().outcome, visits.state().failing_since) == ("held", None)
        assert (visits(11).outcome, visits.offices()) == ("accepted", {"http://b.example/": "Other."})


def test_an_office_that_shares_a_host_is_not_replaced_by_a_redirect_to_its_neighbour(tmp_path):
    x, y = "http://a.example/x/", "http://a.example/y/"
    with web({"/x/ospo.yaml": file(home=x), "/y/ospo.yaml": file("Y.", y)}) as site:
        visits = Visits(site, tmp_path, f"{x}ospo.yaml")
        visits(0)
        site.routes["/x/ospo.yaml"] = redirect("/y/ospo.yaml")
        assert (visits(1).outcome, visits.offices()) == ("held", {x: "One."})
        site.routes["/x/ospo.yaml"] = file("Its own new address.", "http://a.example/z/", tag='"z"')
        assert (visits(2).outcome, visits.offices()) == ("accepted", {"http://a.example/z/": "Its own new address."})


@pytest.mark.parametrize("hops", [[301], [302, 301]])
def test_an_office_that_moves_within_its_host_is_not_held(tmp_path, hops):
    with web({"/ospo.yaml": file()}) as site:
        visits = Visits(site, tmp_path, "http://a.example/ospo.yaml", hosts=("a.example", "www.a.example"))
        visits(0)
        site.routes["/ospo.yaml"] = redirect("http://www.a.example/1", hops[0])
        site.routes |= {f"/{number}": redirect(f"/{number + 1}", status) for number, status in enumerate(hops[1:], 1)}
        site.routes[f"/{len(hops)}"] = file("Moved.")
        assert (visits(1).outcome, visits.offices()) == ("accepted", {HOME: "Moved."})


def test_a_page_that_redirects_to_the_file_which_it_named_does_not_take_the_office_away(tmp_path):
    home, named = "http://www.gov.example/ospo", "http://data.gov.example/ospo.yaml"
    routes = {"www.gov.example/ospo": page(f'<link rel="describedby" href="{named}">'), "/ospo.yaml": file(home=home)}
    with web(routes) as site:
        visits = Visits(site, tmp_path, home, hosts=("www.gov.example", "data.gov.example"))
        assert [fact.method for fact in visits(0).verifications] == ["back-link", "self-published"]
        assert (visits(1).outcome, conditions(site)) == ("unchanged", ["/ospo.yaml"])
        site.routes["www.gov.example/ospo"] = redirect(named)
        assert (visits(2).outcome, visits.state().named_by) == ("held", home)


def test_the_operators_new_address_of_a_source_is_not_held(tmp_path):
    with web({"a.example/ospo.yaml": file(), **OTHERS}) as site:
        visits = Visits(site, tmp_path, "http://a.example/ospo.yaml")
        visits(0)
        visits.sources = [Source("own", "http://b.example/ospo.yaml")]
        assert (visits(1).outcome, visits.offices()) == ("accepted", {"http://b.example/": "Other."})


def listed(names):
    return answer("".join(f"https://{name}.example:\n  name: {name}\n  country: FR\n" for name in names))


def test_a_list_that_shrinks_is_held_for_a_time_and_then_taken_if_it_is_still_so(tmp_path):
    with web({"/all.yaml": listed("bcdef")}) as site:
        visits = Visits(site, tmp_path, Source("list", "http://a.example/all.yaml", SourceKind.LIST), hold_days=10.0)
        visits(0)
        site.routes["/all.yaml"] = listed("b")
        assert [(visits(number).outcome, len(visits.offices())) for number in (1, 5, 10)] == [("held", 5)] * 3
        assert (visits(11).outcome, len(visits.offices())) == ("accepted", 1)
    assert visits.events() == ["accepted", "held", "accepted"]
    assert visits.is_what_the_archive_makes()


def test_another_hosts_list_in_place_of_a_list_is_held_though_it_is_as_long(tmp_path):
    with web({"a.example/all.yaml": listed("bcdef"), "b.example/all.yaml": listed("ghijk")}) as site:
        visits = Visits(site, tmp_path, Source("list", "http://a.example/all.yaml", SourceKind.LIST))
        visits(0)
        site.routes["a.example/all.yaml"] = redirect("http://b.example/all.yaml", 301)
        state = visits(1)
        assert (state.outcome, len(visits.offices())) == ("held", 5)
        assert "it names 0 of the 5 offices and policies that were served" in state.reason
        site.routes["b.example/all.yaml"] = listed("bcdefg")
        assert (visits(2).outcome, len(visits.offices())) == ("moved", 6)


def test_without_a_time_to_hold_nothing_is_held(tmp_path):
    with web({"a.example/ospo.yaml": file(), **OTHERS}) as site:
        visits = Visits(site, tmp_path, "http://a.example/ospo.yaml", hold_days=0.0)
        visits(0)
        site.routes["a.example/ospo.yaml"] = redirect("http://b.example/ospo.yaml")
        assert visits(1).outcome == "accepted"


# ---- Clocks


@pytest.mark.parametrize("ahead", [1, 6, 400, 2_900_000])
def test_one_visit_by_a_clock_that_was_ahead_stops_no_source(tmp_path, ahead):
    with web({WELL_KNOWN: file()}) as site:
        visits = Visits(site, tmp_path, HOME)
        visits(0)
        assert visits.writer.clock_warning(day(2)) == ""
        visits(ahead)
        site.routes[WELL_KNOWN] = file("Two.", tag='"two"')
        assert "own, for example, was read at" in visits.writer.clock_warning(day(0))
        state = visits(0, everything=False)
        assert (state.outcome, visits.offices()) == ("accepted", {HOME: "Two."})
        moments = (state.last_attempt, state.last_verified, state.last_change, state.accepted_at)
        assert moments == (day(0),) * 4
        assert state.next_due < day(2)
        assert visits.writer.clock_warning(day(0)) == ""
    assert visits.is_what_the_archive_makes()


def test_a_grace_that_began_by_a_clock_that_was_ahead_begins_now(tmp_path):
    with web({WELL_KNOWN: file()}) as site:
        visits = Visits(site, tmp_path, HOME)
        visits(100)
        del site.routes[WELL_KNOWN]
        visits(400)
        state = visits(1, everything=False)
        assert (state.failing_since, state.gone_since, state.last_verified) == (day(1), day(1), day(1))
        assert all(fact.expires <= day(31) for fact in state.verifications)
        assert visits(9, everything=False).archived


def test_a_longest_interval_that_was_shortened_makes_sources_due_that_would_wait_longer(tmp_path):
    with web({WELL_KNOWN: file()}) as site:
        visits = Visits(site, tmp_path, HOME, interval_hours=8760.0, max_interval_hours=8760.0)
        visits(0)
        assert (visits(1, everything=False).last_attempt, visits.asked) == (day(0), [])
        visits.configure(interval_hours=24.0, max_interval_hours=168.0)
        assert "max_interval_hours" in visits.writer.clock_warning(day(1))
        assert (visits(1, everything=False).last_attempt, visits.asked) == (day(1), [WELL_KNOWN])
