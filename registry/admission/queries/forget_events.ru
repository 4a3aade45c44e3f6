# A source's events of before a moment.
DELETE { GRAPH $registry { ?event ?property ?value } } WHERE {
  GRAPH $registry {
    ?event <http://www.w3.org/ns/prov#used> $source ; <http://www.w3.org/ns/prov#endedAtTime> ?at ; ?property ?value
    FILTER(?at < $before)
  }
}
