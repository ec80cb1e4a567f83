"""Records of the hospital without their names: FHIR, OMOP, MEDS and CSV.

kinds         what a column can be, and what becomes of it      subjects      whose record it is, and what names them
fhir          resources, by rules for their types               columns       batches of rows, by kinds of columns
omop          the tables of the CDM 5.4                          meds          events
csv           any table, by a map of its columns                 outcome       received = released + held

    outcome = clean_fhir(source, sink, Desk(who=crosswalk, names=names, on=today))

What no rule names is removed, and whose record it is must be known, or it is held back. Not here: reading the files
(`ingest.ehr`), free text (a cleaner that the desk is given; without one it is removed).
"""
