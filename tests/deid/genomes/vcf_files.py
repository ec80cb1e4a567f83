"""VCF as callers write it, with a plant's names wherever they may stand."""

import random

from tests.deid.genomes.planted import Plant


def header(plant: Plant, samples: list[str], version: str = "4.2") -> str:
    """Lines of GATK, bcftools, DeepVariant, Mutect2, SnpEff, VEP and of hand, each with something in it to take out."""
    day = plant.day.replace("-", "")
    lines = f"""##fileformat=VCFv{version}
##fileDate={day}
##source=HaplotypeCaller
##source=/opt/{plant.user}/bin/caller --sample {plant.blood}
##reference=file://{plant.path}/hg38.fa
##FILTER=<ID=PASS,Description="All filters passed">
##FILTER=<ID=LowQual,Description="Low quality">
##FILTER=<ID=q10,Description="As asked by Dr {plant.surname}, {plant.hospital}, see {plant.path}/q10.txt">
##GATKCommandLine=<ID=HaplotypeCaller,CommandLine="HaplotypeCaller --input {plant.path}.bam",Date="{plant.day}">
##GATKCommandLine.Mutect2=<ID=Mutect2,Version="4.1",CommandLineOptions="-tumor {plant.tumour}">
##bcftools_viewVersion=1.17+htslib-1.17
##bcftools_viewCommand=view -s {plant.blood} {plant.path}.vcf.gz; Date={plant.day}
##bcftools_annotateCommand=annotate -a /home/{plant.user}/dbsnp.vcf.gz
##DeepVariant_version=1.5.0
##SnpEffVersion="5.1 (build 2022-01-21), by {plant.user}"
##SnpEffCmd="SnpEff -s {plant.path}.html"
##VEP="v105" time="{plant.day}" cache="/home/{plant.user}/.vep"
##MutectVersion=2.2
##tumor_sample={plant.tumour}
##normal_sample={plant.blood}
##filtering_status=Warning: unfiltered Mutect 2 calls.  Please run FilterMutectCalls to remove false positives.
##pedigreeDB=https://{plant.hospital}.example/pedigrees/{plant.mrn}
##phasing=partial
##individual={plant.given} {plant.surname}
##INFO=<ID=DP,Number=1,Type=Integer,Description="Approximate read depth">
##INFO=<ID=AC,Number=A,Type=Integer,Description="Allele count in genotypes">
##INFO=<ID=AN,Number=1,Type=Integer,Description="Total number of alleles">
##INFO=<ID=AF,Number=A,Type=Float,Description="Allele Frequency">
##INFO=<ID=DB,Number=0,Type=Flag,Description="dbSNP, of {plant.day}",Source="{plant.path}/dbsnp",Version="138">
##INFO=<ID=END,Number=1,Type=Integer,Description="Stop position of the interval">
##INFO=<ID=CSQ,Number=.,Type=String,Description="Consequence annotations. Format: Allele|Consequence|IMPACT|SYMBOL">
##INFO=<ID=SVTYPE,Number=1,Type=String,Description="Type of structural variant">
##INFO=<ID=MATEID,Number=.,Type=String,Description="ID of mate breakends">
##INFO=<ID=GENE,Number=1,Type=String,Description="Gene, \\"as {plant.given} named it\\"">
##INFO=<ID=CALLED_BY,Number=1,Type=String,Description="Who called it">
##INFO=<ID=CASE,Number=1,Type=Integer,Description="Number of the case">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Allelic depths">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype quality">
##FORMAT=<ID=PL,Number=G,Type=Integer,Description="Likelihoods">
##FORMAT=<ID=NOTE,Number=1,Type=String,Description="A note on the call">
##ALT=<ID=DEL,Description="Deletion">
##ALT=<ID=NON_REF,Description="Any possible alternative allele, says {plant.user}@{plant.hospital}.org">
##GVCFBlock0-1=minGQ=0(inclusive),maxGQ=1(exclusive)
##contig=<ID=chr1,length=248956422,assembly=GRCh38,URL=file://{plant.path}/chr1.fa,species="Homo sapiens">
##contig=<ID=chr2,length=242193529,md5=f98db672eb0993dcfdabafe2a882905c,taxonomy={plant.user}>
##contig=<ID=HLA-A*01:01:01:01,length=3503>
##META=<ID=Assay,Type=String,Number=.,Values=[WholeGenome, {plant.surname}Panel]>
##SAMPLE=<ID={plant.blood},Assay=WholeGenome,Ethnicity=AFR,Disease=None,Description="Germline of {plant.given}">
##SAMPLE=<ID={plant.tumour},Genomes=Germline;Tumor,Mixture=.3;.7,Description="{plant.surname}",DOI=http://{plant.user}.org>
##SAMPLE=<ID=Stranger{plant.surname},Assay=Exome>
##PEDIGREE=<ID={plant.blood},Mother={plant.mother},Father={plant.father}>
##PEDIGREE=<Derived={plant.tumour},Original={plant.blood}>
##PEDIGREE=<Child={plant.blood},Mother=Unknown{plant.surname}>
##contact="{plant.given} {plant.surname}, tel. {plant.mrn}"
"""
    columns = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]
    return lines + "\t".join(columns + (["FORMAT", *samples] if samples else [])) + "\n"


def quiet_line(draw: random.Random, samples: int, position: int) -> str:
    """A line that names nobody; its position may be any number, also one of the subject."""
    bases = draw.sample("ACGT", 2)
    variant = draw.choice([".", f"rs{draw.randrange(10**6)}", "COSV52751", "rs12;rs13"])
    info = f"DP={draw.randrange(90)};AC=1;AN=2;AF={draw.random():.3f}" + draw.choice([";DB", "", ";GENE=BRCA2"])
    fields = ["chr1", str(position), variant, *bases, f"{draw.random() * 90:.2f}", draw.choice(["PASS", "LowQual"])]
    fields.append(info)
    if samples:
        fields.append("GT:AD:DP:GQ:PL")
        fields += [f"0/{draw.randrange(2)}:3,4:7:{draw.randrange(99)}:0,10,100" for _ in range(samples)]
    return "\t".join(fields)


def file(plant: Plant, samples: list[str], lines: int = 200, more: list[str] | None = None, **given) -> bytes:
    """A whole file; `more` are lines put between the quiet ones."""
    draw = random.Random(plant.seed)
    numbers = [int(plant.mrn), int(plant.born)]
    body = [quiet_line(draw, len(samples), numbers[at] if at < len(numbers) else 100 + at * 37) for at in range(lines)]
    body[lines // 2 : lines // 2] = more or []
    return (header(plant, samples, **given) + "\n".join(body) + "\n").encode()
