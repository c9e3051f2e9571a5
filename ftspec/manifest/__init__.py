"""Text to documents: YAML, JSON Schema, environments and variables. Pure: files are read elsewhere."""
