"""Pictures: the tile map, the fingerprint, the badge and the drawing of the comparison, as SVG."""
