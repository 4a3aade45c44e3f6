# What the registry says of a subject is forgotten.
DELETE WHERE { GRAPH $registry { $subject ?property ?value } }
