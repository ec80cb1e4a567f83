"""Clinical notes lose their names: rules, the subject's own identifiers and a small tagger, in union.

    tagger = load_tagger()
    note = scrub_note(text, load_note_rules("notes"), alias, known, tagger)
    held = residue(note, known)                 a second, different look at what came out

`forms` knows numbers and addresses by their form, `dates` moves dates as they are written, `people` finds names by what
stands beside them, `known` looks for the identifiers of this very subject, `tagger` for whatever reads like a name, and
`allow` keeps eponyms, drugs and values alive. It refuses to work without its tagger. Not here: where notes come from
(`ingest`), who the subject is (`pseudonyms`).
"""
