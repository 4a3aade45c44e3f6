"""What pages and downloads show, as frozen values.

In: the merged graph and the states of sources, which the queries in `queries/*.rq` read once for each revision. Out:
offices, policies, statements, countries, claims, lists, changes. It must not know HTTP, HTML or the wording of pages.
"""
