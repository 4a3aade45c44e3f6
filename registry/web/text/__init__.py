"""Words: languages, wording of codes, links and citations."""
