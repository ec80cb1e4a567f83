"""Records of a hospital's computers, one at a time: FHIR, CSV, OMOP and MEDS.

fhir       JSON of R4: a resource, a Bundle, or one per line        strict_json  JSON that says one thing only
delimited  CSV with a header line                                   parquet      tables of Parquet, in batches
omop       which table of the CDM a file holds                      meds         events of the MEDS schema
torn       what could not be read, and why

Each reader gives every record or says which one it could not read: received = read + torn, in records. A file that is
not what it is said to be is a `BadInput`. No message repeats a value. Not here: what becomes of the names in them
(`deid.tables`).
"""
