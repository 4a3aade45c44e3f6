"""The comparison: countries or offices as rows, nine cells (activity × stage) as columns, narrowed by filters.

In: statements of the read model; the filters of a query string. Out: rows of cells; similar rows; a SPARQL query for
the same statements. It must not know HTTP or the wording of pages.
"""
