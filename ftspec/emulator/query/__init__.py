"""Data statements: parsed, checked against the role's privileges, their names completed, then run by fakesnow."""
