# What was published in a graph is forgotten.
DELETE WHERE { GRAPH $registry { $graph ?property ?value } }
