# The notes on records of a source that were set aside, of which the same update states the last one.
DELETE WHERE {
  GRAPH $registry {
    ?note a <https://w3id.org/ospo/ns#SetAside> ; <http://purl.org/dc/terms/source> $source ; ?property ?value
  }
}
