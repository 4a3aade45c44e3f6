"""Data for programs: linked data, DCAT, SPARQL, copies, metrics, CSV and JSON."""
