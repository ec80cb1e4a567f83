"""Any folder of clinical files, cleaned without a site.

`sorting` tells what each file is, `people` whose it is, `pictures`, `scans`, `records`, `notes` and `genomes` clean
their kinds of files. `work` makes units of them, `crew` spreads those over processes, `drafts` keeps what comes of them
until `output` gives it its place, and `told` reports. `unfinished` holds what an interrupted call needs to go on, and
`clean` is the flow: everything is read once for what it names before anything is written.
"""
