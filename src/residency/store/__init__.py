"""The cellar: sealed bytes, the keys that open them, and the lists of what they are."""
