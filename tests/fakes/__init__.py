"""Real implementations in memory, and a clinic with its people, for the tests."""
