"""Residency trains medical models on clinical data, and can prove afterwards what was done.

The story is the architecture; docs/story.md tells it, chapter by chapter, with the folder of each.
"""

__version__ = "0.1.0"
