"""Stubs: what other tools call mappings, expectations, pairs or route responses; and how they become routes."""
