# The registry forgets which revision it has merged, and by which rules, which the same update states again.
DELETE WHERE { GRAPH $registry { $registry <https://w3id.org/ospo/ns#mergedRevision> ?revision } } ;
DELETE WHERE { GRAPH $registry { $registry <https://w3id.org/ospo/ns#mergeRules> ?rules } }
