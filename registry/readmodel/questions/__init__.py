"""Questions that people ask: each is data, and is answered by the roll-up of the comparison.

In: `questions.toml`; statements of the read model; the filters of a query string. Out: the statements that answer a
question with yes, those that nearly do and why not, and a SPARQL query for the former. It must not know HTTP.
"""
