"""Any folder of clinical files, cleaned without a site.

`sorting` tells what each file is, `people` whose it is, `pictures`, `records`, `notes` and `genomes` clean their kinds
of files, and `clean` is the flow: everything is read once for what it names before anything is written.
"""
