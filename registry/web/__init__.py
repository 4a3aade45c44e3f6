"""The web surface: pages, SPARQL, linked data and downloads; reads the store and parses nothing foreign."""
