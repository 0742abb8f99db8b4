"""Tries rules whose conditions take long in a separate process."""
