"""Whose request it is, whatever the request says."""

from ipaddress import ip_network

from hypothesis import given
from hypothesis import strategies as st

from registry.front.addresses import client, is_in, who

TRUSTED = [ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")]
PEERS = st.ip_addresses().map(str)


@given(PEERS, st.text(max_size=60))
def test_who_is_not_trusted_is_taken_for_itself(peer, forwarded):
    if not is_in(peer, TRUSTED):
        assert client(peer, forwarded, TRUSTED) == peer


@given(st.text(alphabet="0123456789., abcdef:", max_size=60), PEERS)
def test_what_a_client_invents_stands_before_what_the_proxy_adds(invented, real):
    if not is_in(real, TRUSTED):
        assert client("10.0.0.1", f"{invented}, {real}", TRUSTED) == real


def test_a_chain_of_proxies_is_followed_as_far_as_it_is_trusted():
    assert client("10.0.0.1", "192.0.2.9, 198.51.100.1, 10.1.1.1, 2001:db8::1", TRUSTED) == "198.51.100.1"
    assert client("::ffff:10.0.0.1", "192.0.2.9", TRUSTED) == "192.0.2.9"
    assert client("10.0.0.1", "", TRUSTED) == "10.0.0.1"
    assert client("10.0.0.1", "nonsense", TRUSTED) == "10.0.0.1"


def test_the_addresses_of_one_ipv6_network_count_as_one():
    assert who("2001:db8:0:1::5") == who("2001:db8:0:1:ffff::") != who("2001:db8:0:2::5")
    assert who("::ffff:192.0.2.1") == who("192.0.2.1") == "192.0.2.1"
