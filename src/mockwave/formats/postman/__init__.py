"""Postman collections (formats 2.0 and 2.1), with their environments; and back."""
