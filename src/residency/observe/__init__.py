"""Seeing: how far long work has come."""
