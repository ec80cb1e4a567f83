"""Chapter 2, how data loses its names.

Technique by technique: `recipe` says what is done, `headers` does it to a DICOM file, `pixels` says which objects this
recipe cannot clean, `residual` searches the result for the subject's own identifiers, `series` joins the four, and
`report` says what was done without an original value. `pseudonyms` holds the project's secret: only this chapter and
the wiring may import it.

    result = deidentify_series(files, load_recipe("basic", "shift-dates"), Pseudonyms(key), Identity("SITE-A", "0042"))

It refuses best effort: what it cannot clean is quarantined with a reason. Not here: reading text burned into pixels,
removing faces, notes, tables and genomes.
"""
