"""The page of changes, its filters and sentences, and the Atom feed."""
