# The registry forgets which revision it has merged, which the same update states anew.
DELETE WHERE { GRAPH $registry { $registry <https://w3id.org/ospo/ns#mergedRevision> ?revision } }
