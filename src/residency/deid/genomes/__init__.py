"""Files of genomics: how variants (VCF, BCF), reads (SAM, BAM, CRAM) and raw reads (FASTQ) lose their names.

`rules` says what may stay and `scrub` does it to one file of any of these formats: `vcf_header` and `sam_header`
rewrite headers, `vcf`, `bcf`, `sam`, `bam`, `cram` and `fastq` pass over the data, `tags` over those of reads, `naming`
and `read_names` give new names, `search` looks for what the originals name, `bgzf`, `lines`, `frames` and `containers`
carry the bytes, `indexing` makes an index anew, and `standing` says what class the result has.
"""
