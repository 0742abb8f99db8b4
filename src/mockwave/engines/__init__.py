"""What speaks HTTP: one engine a file or folder, each a thin room around `mockwave.app`.

An engine reads a request, asks the Application for a Reply and writes it. What is asked for is decided there, never
here; nothing below `app` knows an engine.
"""
