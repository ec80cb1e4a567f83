"""How data become fixed: de-identified series become a data set version that never changes.

split     who learns and who is held back           volume    one series and its label map as arrays
draft     the act `dataset.draft`: what shall be in  version   the act `dataset.freeze`: fix it, sealed anew
export    the act `dataset.export`: hand it out      forms     NIfTI, Decathlon, DICOM, arrays

A version has keys of its own, one group per subject, so that a ticket for training cannot open the test split. Not
here: who trains on it (`runs`), how a volume is cut into patches (`engine`).
"""
