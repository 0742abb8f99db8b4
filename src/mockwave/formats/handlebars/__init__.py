"""Handlebars templates, as WireMock, Mockoon and Hoverfly write them: read, and translated to Liquid and back."""
