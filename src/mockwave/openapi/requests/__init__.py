"""What an operation asks of its requests, written as the rules that validation reads."""
