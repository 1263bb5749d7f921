"""What happens: the state machines, and the entry points by which people make a step happen."""
