"""Durable state: the protocol the planes know, and SQLite behind it."""
