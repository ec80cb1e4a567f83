"""Machines: where the processes of a run stand. Knows no data, no key, no user."""
