"""Chapter 2, how data loses its names.

`recipe` says what is done (for DICOM by the table of `ps315`), `dicom` does it to the files of a series, `identifiers`
holds what a subject's originals name and `needles` and `mentions` look for it in the result, and `report` says what was
done without an original value. `pseudonyms` holds the project's secret, `vault` draws names instead: only this chapter
and the wiring may import them; `naming` says which of them a recipe asks for. The acts are `run`, `exam.sit`,
`determine`, `signed`, `reveal`, `exclusion`, `risk.assess`, `review.sample` and `review.agree`; `folders` cleans any
folder, without a site, and `checking` tells what a recipe would do to it.

    result = deidentify_series(files, load_recipe("basic", "shift-dates"), Pseudonyms(key), Identity("SITE-A", "0042"))

Every kind of data has a room: `dicom`, `nifti` and `faces`, `notes`, `tables`, `genomes`. `risk` measures what is left.
It refuses best effort: what it cannot clean is quarantined with a reason. Not here: the intake of data (`ingest`).
"""
