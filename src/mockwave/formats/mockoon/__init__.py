"""Mockoon environments (commons 9.8, migration 33, and the forms before it), and back."""
