"""The questions that pages and downloads ask: the only caller of queries above the store."""
