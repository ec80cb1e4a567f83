"""The ground floor everyone stands on: who may, what was done, and the book in which both are written."""
