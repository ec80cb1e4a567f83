"""Acts of the floors: the site and its keys, its objects, the log, backups; any act of a chapter stands in its own."""
