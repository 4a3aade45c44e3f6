"""What the pages and downloads show, as values.

In: the merged graph and the states of sources, read once for each revision by the `.rq` files in `queries/`. Out:
offices, policies, statements, countries, lists, changes. It must not know HTTP, HTML or the wording of pages.
"""
