"""Reads Specifications in separate processes, under limits."""
