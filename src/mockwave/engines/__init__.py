"""The HTTP servers: one engine per file or folder, each a thin layer around `mockwave.application`.

An engine reads a request, asks the Application for a Reply and writes it. All decisions are made there, never here;
nothing below `application` knows an engine.
"""
