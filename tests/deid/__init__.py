"""Tests of chapter 2: how data loses its names."""
