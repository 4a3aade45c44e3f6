"""What changed, as the events of the store tell it.

In: events of the registry graph. Out: changes with the pages they belong to. It must not know pages' wording.
"""
