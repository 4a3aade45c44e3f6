"""Pictures: the tile map as a page, and as SVG files the map, the comparison, the nine cells of a country, and badges.

In: rows of the read model. Out: HTML and SVG. How a cell looks is one table, `cell_looks.py`.
"""
