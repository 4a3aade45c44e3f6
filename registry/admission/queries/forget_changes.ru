# The changes of a source's events of before a moment.
DELETE { GRAPH $registry { ?change ?property ?value } } WHERE {
  GRAPH $registry {
    ?event <http://www.w3.org/ns/prov#used> $source ; <http://www.w3.org/ns/prov#endedAtTime> ?at ;
           <https://w3id.org/ospo/ns#change> ?change .
    ?change ?property ?value
    FILTER(?at < $before)
  }
}
