"""Reading the Web politely and safely: addresses, robots.txt, transport, discovery, and one pass over the sources."""
