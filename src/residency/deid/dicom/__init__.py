"""DICOM files: how one of them, and a whole series, loses its names.

`elements` reads and writes the bytes; `actions` says what a recipe means for each tag and content item, `needs` what an
object must have all the same; `walk` does it at every depth with `content` for structured documents and `descriptors`
for text; `headers` makes a file of it. `kinds` says which objects may pass, `picture` and `pixels` are about the pixel
data, `harvest` gathers what the originals name, `residual` looks for that in the result, `series` joins them, and
`directory` lists a whole output anew.
"""
