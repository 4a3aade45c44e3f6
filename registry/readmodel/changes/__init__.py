"""The changes that events record, newest first.

In: filters, and the events of the registry graph. Out: entries, each with the page of what changed. It must not know
HTTP or the wording of pages.
"""
