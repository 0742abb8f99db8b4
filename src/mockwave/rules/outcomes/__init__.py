"""The outcomes of rules whose condition holds: an answer, one of several, a fault, a delay, or the rules below."""
