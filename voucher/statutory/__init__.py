"""The books that a country's law asks for, made from the same events by a file."""
