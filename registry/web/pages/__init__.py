"""The pages of one thing each: home, method, a country, an office, a policy, a source.

In: values of the read model. Out: HTML. The timeline of a country is computed here too.
"""
