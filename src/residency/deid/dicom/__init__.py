"""DICOM files: how one of them, and a whole series, loses its names.

`elements` reads and writes the bytes, `actions` says what a recipe means for each tag, `headers` does it, `picture` and
`pixels` are about the pixel data, `harvest` gathers what the originals name, `residual` looks for that in the result,
and `series` joins them.
"""
