"""The vocabulary, as data: classes, properties, concept schemes, alignments, regions, JSON-LD context and examples."""
