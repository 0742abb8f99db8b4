"""Regular expressions of documents: how they are parsed, what they cost, and how they are matched within bounds."""
