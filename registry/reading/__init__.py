"""From the bytes of a description to its graph: pure functions, run in a worker without network."""
