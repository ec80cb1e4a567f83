"""Three invented scanners at two invented hospitals: what a header says of them, and what they do to an image.

    SCANNERS[0].model, SCANNERS[0].blur_mm

Makers and model names are those of the field, so that headers look as they do in hospitals; serial numbers, stations
and hospitals are invented, and blur and noise are chosen for this demo, not measured on these machines. Not here: whose
images they are (`people`), writing them (`writer`).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scanner:
    """One machine. `signed` and `intercept` say how it stores HU; `descending`: instance 1 is the one at the head."""

    maker: str
    model: str
    serial: str
    station: str
    software: str
    kernel: str
    ae_title: str
    hospital: str
    address: str
    issuer: str
    blur_mm: float
    noise_hu: float
    signed: bool
    intercept: int
    descending: bool


_NORTHGATE = {
    "hospital": "Northgate University Hospital",
    "address": "1 Infirmary Walk, Northgate 04101",
    "issuer": "NORTHGATE-MPI",
}
_LAKESIDE = {
    "hospital": "Lakeside Regional Medical Center",
    "address": "77 Harbour Road, Lakeside 55802",
    "issuer": "LAKESIDE-MRN",
}

SCANNERS = (
    Scanner(
        maker="SIEMENS",
        model="SOMATOM Definition AS",
        serial="66218",
        station="NGCT01",
        software="syngo CT VA48A",
        kernel="I31f",
        ae_title="NG_CT_SIEMENS",
        blur_mm=0.6,
        noise_hu=8.0,
        signed=False,
        intercept=-1024,
        descending=True,
        **_NORTHGATE,
    ),
    Scanner(
        maker="GE MEDICAL SYSTEMS",
        model="Revolution CT",
        serial="REV00417",
        station="NGCT02",
        software="revo_ct_21a.20",
        kernel="STANDARD",
        ae_title="NG_CT_GE",
        blur_mm=1.2,
        noise_hu=12.0,
        signed=True,
        intercept=-1024,
        descending=False,
        **_NORTHGATE,
    ),
    Scanner(
        maker="CANON",
        model="Aquilion ONE",
        serial="2CA1782390",
        station="LSCT1",
        software="V10.4SP0012",
        kernel="FC18",
        ae_title="LS_CT_CANON",
        blur_mm=1.8,
        noise_hu=16.0,
        signed=True,
        intercept=0,
        descending=False,
        **_LAKESIDE,
    ),
)
