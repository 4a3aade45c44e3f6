"""The addresses that the registry reads: the operator's list, and what is remembered of each.

In: TOML files of sources; the store. Out: `Source` and `SourceState` values, and when each source is due again. It must
not know how a source is fetched.
"""
