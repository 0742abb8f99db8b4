"""Durable state: the protocol the planes know, and SQLite, which implements it."""
