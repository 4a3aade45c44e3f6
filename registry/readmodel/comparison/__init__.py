"""The comparison: countries or offices by nine cells, filtered.

In: statements of the read model, filters. Out: rows of cells; the same question as SPARQL. It must not know pages.
"""
