"""NIfTI images and what lies beside them in a BIDS folder: headers, sidecars, tables, names, and the faces of heads.

    made = clean_nifti(Scan("sub-MAYER_T1w.nii.gz", data, sidecar=side), alias)      a Cleaned, or the Reason why not

`image` takes a file apart and writes it anew, `rules` reads what may stay (`bids.yaml`), `sidecar` and `rows` follow
it, `names` gives names, and `scan` puts it together with `faces`. Not here: label maps (`labels`), DICOM (`dicom`).
"""
