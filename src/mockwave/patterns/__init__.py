"""Regular expressions that documents have: their parse, what they cost, and how they are matched within bounds."""
