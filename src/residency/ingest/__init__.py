"""How data comes in: a folder of files becomes an intake, in which every file is accepted, excluded or quarantined.

folder     what lies there, each entry once        dicom      one file: its head, or why it is none
geometry   one series: does it make a volume       labels     one label map: does it lie on its series
series     files put together, and examined        subjects   who they are, before the names go
reasons    every reason, and what accepting means  source     where data comes from, and its keys
sealing    bytes into the store                    held       what is held back
intake     the act `ingest`                        quarantine its acts: list, show, accept, reject

Nothing is ever dropped, nothing lands in the clear, and received = accepted + excluded + quarantined, in files.
"""
