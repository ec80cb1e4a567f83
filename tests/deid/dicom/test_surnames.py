"""Headers as scanners of many makers write them hold nobody back by surname."""

import random
from collections import Counter

import pytest

from residency.deid.dicom.series import deidentify_series
from residency.deid.pseudonyms import Identity
from tests.deid.ct_files import NAMES, ROOT, SHIFTED, ct, to_bytes

SURNAMES = [
    "Ng",
    "Lee",
    "Li",
    "May",
    "King",
    "Long",
    "He",
    "Se",
    "Tse",
    "Ho",
    "Smith",
    "Vasquez",
    "Okonkwo",
    "Lindqvist",
]
WRITTEN = {
    "ConvolutionKernel": "B30f|Br38f|Hr40f|Qr36d|STANDARD|BONE|BONEPLUS|LUNG|DETAIL|FC08|FC51|FL03|B|YA|YB|L|UA|EB",
    "SoftwareVersions": "syngo CT 2014A|VG80B|VA44A_SP1|4.1.4.10020|07MW18.4|V6.02.003|revo_ct_22mw.42|05",
    "ManufacturerModelName": "SOMATOM Force|Biograph40_mCT 4R|LightSpeed VCT|Aquilion 64|iCT 256|Prisma|SIGNA HDxt",
    "Manufacturer": "SIEMENS|GE MEDICAL SYSTEMS|Philips Medical Systems|TOSHIBA|CANON_MEC|Hitachi|UIH",
    "FilterType": "FLAT|WEDGE_2|LARGE FILTER|BODY FILTER|0|BOWTIE",
    "ReceiveCoilName": "HE1-4;NE1,2|BO1,2;SP3-5|T:HC1|8HRBRAIN|HEAD|BODY_6|C:SP2,3",
    "SequenceName": "*tse2d1_11|*fl2d1|epfid2d1_64|*tfl3d1_16ns|*h2d1_205|SE",
    "ScanOptions": "AXIAL MODE|HELICAL MODE|HELIX|X-SPIRAL|SPIRAL_CT|PFP|TAGGING_NONE",
    "ExposureModulationType": "NONE|XYZ_EC|Z_EC|3D",
    "WindowCenterWidthExplanation": "WINDOW1|ABDOMEN|LUNG|WINDOW2",
    "PositionReferenceIndicator": "SN|XY|OM|IC",
    "RescaleType": "HU|US",
    "CorrectedImage": "DECY|LIN|RAN|ATTN",
}


def header(chance: random.Random, surname: str, number: int) -> bytes:
    """One file of an invented patient on an invented scanner."""
    said = {keyword: chance.choice(values.split("|")) for keyword, values in WRITTEN.items()}
    numbers = {"XRayTubeCurrent": str(chance.randrange(10, 700)), "Exposure": str(chance.randrange(1, 400))}
    who = {"PatientName": f"{surname}^{chance.choice('ABCDEFG')}", "PatientID": str(chance.randrange(10**6, 10**7))}
    pixels = chance.randbytes(512)
    everything = said | numbers | who | {"SOPInstanceUID": f"{ROOT}8.{number}", "PixelData": pixels}
    return to_bytes(ct(**everything, BitsStored=16, HighBit=15))


@pytest.mark.parametrize("surname", SURNAMES)
def test_nobody_is_held_back_for_a_surname_over_seventy_scanners(surname: str) -> None:
    chance = random.Random(20261123)
    held: Counter = Counter()
    for number in range(70):
        data = header(chance, surname, number)
        result = deidentify_series([data], SHIFTED, NAMES, Identity("SITE-A", f"{number}"))
        held[result.quarantine.code if result.quarantine else ""] += 1
    assert held == {"": 70}
