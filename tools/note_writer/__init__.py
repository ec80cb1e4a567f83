"""A writer of invented clinical notes, with the place of every identifier: the text on which the tagger is trained.

    writer = NoteWriter(seed=7)
    pieces = writer.note()                [("Dr. ", None), ("Okafor", "name"), (" saw …", None), …]

All of it is written for this repository or drawn by chance: no sentence, name list or note of anybody else's.
Names come half from the lists of the package and half from syllables, so that a name is known by where it stands and
how it looks.
"""
