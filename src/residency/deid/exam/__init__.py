"""The exam of a site's own data: invented identifiers are planted into copies, and what is left of them counted.

`stranger` invents them, `planting` puts them into files, `looking` finds what is left, `figures` counts, and `sit` is
the act. Nothing here shares code with the rules or the residual search that it examines.
"""
