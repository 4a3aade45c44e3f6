"""Lists of countries, offices and policies: pages, facets, paging and downloads."""
