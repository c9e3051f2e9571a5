"""The only code that prints. Data goes to standard output, everything else to standard error."""
