# The registry has this revision, and has seen the archive up to this record; what it said before is no longer true.
INSERT DATA { GRAPH $registry {
  $registry <https://w3id.org/ospo/ns#revision> $revision . $registry <https://w3id.org/ospo/ns#archiveRecord> $record
} } ;
DELETE { GRAPH $registry { $registry ?property ?value } } WHERE {
  GRAPH $registry { $registry ?property ?value }
  FILTER(?value NOT IN ($revision, $record)
    || ?property NOT IN (<https://w3id.org/ospo/ns#revision>, <https://w3id.org/ospo/ns#archiveRecord>))
}
