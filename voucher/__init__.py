"""What exists: nouns, the books, files, documents. Knows no web and no workflow."""
