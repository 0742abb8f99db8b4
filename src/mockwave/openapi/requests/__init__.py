"""The requirements of operations on their requests, written as the rules that validation reads."""
