# One event, with its changes.
DELETE WHERE { GRAPH $registry { $event <https://w3id.org/ospo/ns#change> ?change . ?change ?property ?value } } ;
DELETE WHERE { GRAPH $registry { $event ?property ?value } }
