"""Faces of heads in MR and CT, found by an average head and taken off, or the series is held back.

    made = deface_series(voxels, affine, "MR")        a Defaced, or the Reason why not          (`series`)

`head` is the average; `volume`, `outline` and `skull` tell what is seen of a scan, `register` finds where the head
lies, `deface` takes the face off, and `check` asks by other means whether it is gone and the brain untouched. Not here:
pictures that are no volumes (photographs, projections, 3D renderings).
"""
