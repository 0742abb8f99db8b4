"""The files of the Insomnia app: exports of format 4 (up to 10.x), files of format 5, and back."""
