"""The vocabulary: frozen values that the other rooms pass to each other. Standard library only; no I/O, no clock."""
