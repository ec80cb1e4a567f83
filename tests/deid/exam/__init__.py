"""The exam of a site's own data."""
