"""Data for programs: linked data, the DCAT catalogue, SPARQL, copies, metrics, CSV and JSON.

In: the merged graph, states of sources, answers of the endpoint. Out: RDF, CSV, JSON and Prometheus text.
"""
