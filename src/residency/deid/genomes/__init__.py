"""Files of genomics: how variants (VCF, BCF), reads (SAM, BAM, CRAM) and raw reads (FASTQ) lose their names.

`rules` says what may stay and `scrub` does it to one file of any of these formats: `vcf_header` and `sam_header` rewrite
headers, `vcf`, `bcf`, `sam`, `bam`, `cram` and `fastq` pass over the data, `naming` and `read_names` give new names,
`search` looks for what the originals name, `bgzf` and `lines` carry the bytes, and `indexing` makes an index anew.
`standing` says what class the result has.
"""
