"""Chapter 4: how a model is trained."""
