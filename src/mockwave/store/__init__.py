"""Durable state: the protocol that the planes use, and SQLite, which implements it."""
