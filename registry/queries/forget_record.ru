# The registry forgets which archive record it has seen last, which the same update states again.
DELETE WHERE { GRAPH $registry { $registry <https://w3id.org/ospo/ns#archiveRecord> ?record } }
