# The registry has seen the archive up to this record.
INSERT DATA { GRAPH $registry { $registry <https://w3id.org/ospo/ns#archiveRecord> $record } } ;
DELETE { GRAPH $registry { $registry <https://w3id.org/ospo/ns#archiveRecord> ?old } } WHERE {
  GRAPH $registry { $registry <https://w3id.org/ospo/ns#archiveRecord> ?old } FILTER(?old != $record)
}
