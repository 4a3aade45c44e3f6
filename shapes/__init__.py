"""The SHACL shapes, as data: what a description must, will have to and should say."""
