"""The words of the pages: sentences in six languages, labels of codes, safe links, citations.

In: codes, IRIs, foreign texts. Out: text for templates, in the language of the page.
"""
