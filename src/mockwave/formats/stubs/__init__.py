"""Stubs (other tools call them mappings, expectations, pairs or route responses), and how they become routes."""
