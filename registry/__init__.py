"""The registry: from fetched bytes to a merged, traceable graph, and the ways to ask it."""
