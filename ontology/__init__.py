"""The vocabulary, as data: classes and properties, concept schemes, alignments, the JSON-LD context and examples."""
