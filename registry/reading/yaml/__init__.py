"""YAML 1.2 as a tree: libyaml's events, limits, what people mistake, and what can be read beside a mistake.

In: bytes. Out: a tree of `registry.reading.tree` with a ReadingError in place of what is refused.
"""
