"""The lists of a revision as columns: what the writer leaves beside each checkpoint, and the web process opens.

In: values of the read model. Out: tables, whose rows are looked up and counted by whole columns, and decoded one by one
only where they are shown; a file of them. It must not know HTTP, HTML or the store.
"""
