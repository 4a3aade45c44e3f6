# The registry forgets its revision and its last archive record, which the same update states again.
DELETE WHERE { GRAPH $registry { $registry ?property ?value } }
