# The merged graph is no longer that of the registry's revision.
DELETE WHERE { GRAPH $registry { $registry <https://w3id.org/ospo/ns#mergedRevision> ?revision } }
