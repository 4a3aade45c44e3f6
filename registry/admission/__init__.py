"""From one fetch to the new state of its source, and the update that writes it.

In: a `Fetch`, the state before it, what is served now. Out: an `Admission`. Pure, so that the archive, read again in
order, gives the same store; it must not open a store or look at a clock.
"""
