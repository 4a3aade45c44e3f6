"""One page each: home, country, office, policy, source, and the timeline."""
