"""Chapter 0: who may, why, until when."""
