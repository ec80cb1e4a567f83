"""The command line: noun, verb, object; derived from the table of acts."""
