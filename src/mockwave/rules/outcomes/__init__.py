"""What a rule whose condition holds leads to: an answer, one of several, a fault, a delay, or the rules below."""
