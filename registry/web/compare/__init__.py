"""The comparison as a page and as downloads, and the state of it that an address holds."""
