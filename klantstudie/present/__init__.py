"""The gallery: a Result becomes a table, a figure, a sentence or a document."""
