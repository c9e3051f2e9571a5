"""The command line: argv to an operation to an exit code. Prints nothing itself; views do."""
