"""One subject as a hospital's archive holds it: the instances of a CT series in slice order, and their geometry.

    case = compose(anatomy, seed=7, index=0)
    case.instances[0].ImagePositionPatient, case.planted.rows

Everything follows from (seed, index): the person, the visit, the shape of the body, every UID.

Not here: files (`writer`); what is wrong with some series (`defects`).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from residency.demo.anatomy import Anatomy, Volume
from residency.demo.bodies import Body, deform
from residency.demo.equipment import SCANNERS, Scanner
from residency.demo.headers import Planted, Visit, series_header, visit
from residency.demo.people import ENCODINGS, Person, invent


@dataclass
class Case:
    """One patient's series, before it is written. `instances` run from the feet to the head."""

    person: Person
    scanner: Scanner
    at: Visit
    anatomy: Anatomy
    body: Body
    instances: list[Dataset]
    planted: Planted


def compose(anatomy: Anatomy, seed: int, index: int, slices: int | None = None) -> Case:
    """The subject of this index; `slices` makes a short series around the middle of the liver."""
    rng = np.random.default_rng([seed, index])
    scanner = SCANNERS[index % len(SCANNERS)]
    person = invent(rng, index, issuer=scanner.issuer)
    at = visit(rng, seed, index)
    body = deform(anatomy, scanner, rng, slices)
    planted = Planted(ENCODINGS[person.charset])
    header = series_header(person, scanner, at, planted)
    instances = [_instance(header, scanner, at, body, k) for k in range(len(body.hu))]
    return Case(person, scanner, at, anatomy, body, instances, planted)


def set_pixels(into: Dataset, hu: Volume, scanner: Scanner) -> None:
    """Write one slice of HU (y, x) as this scanner stores it; slope 1, RescaleIntercept from the scanner."""
    stored = (hu.astype(np.int32) - scanner.intercept).astype("<i2" if scanner.signed else "<u2")
    into.SamplesPerPixel, into.PhotometricInterpretation = 1, "MONOCHROME2"
    into.Rows, into.Columns = stored.shape
    into.BitsAllocated, into.PixelRepresentation = 16, int(scanner.signed)
    into.BitsStored, into.HighBit = (16, 15) if scanner.signed else (12, 11)
    into.RescaleIntercept, into.RescaleSlope, into.RescaleType = str(scanner.intercept), "1", "HU"
    into.add_new("PixelData", "OW", stored.tobytes())


def affine(body: Body) -> NDArray[np.float64]:
    """4 by 4 from (column, row, slice) to NIfTI's millimetres: x and y against DICOM's (PS3.3 C.7.6.2.1.1)."""
    dz, dy, dx = body.spacing_mm
    x, y, z = body.origin_mm
    return np.array([[-dx, 0, 0, -x], [0, -dy, 0, -y], [0, 0, dz, z], [0, 0, 0, 1]], np.float64)


def _instance(header: Dataset, scanner: Scanner, at: Visit, body: Body, k: int) -> Dataset:
    one = Dataset()
    one.update(header)  # shared elements: a defect that changes one replaces it
    number = len(body.hu) - k if scanner.descending else k + 1
    one.SOPInstanceUID = at.uid("instance", number)
    x, y, z = body.origin_mm
    dz, dy, dx = body.spacing_mm
    height = round(z + k * dz, 2)
    _set(one, InstanceNumber=number, ImagePositionPatient=_ds(x, y, height))
    _set(one, ImageOrientationPatient=_ds(1, 0, 0, 0, 1, 0))
    _set(one, PixelSpacing=_ds(dy, dx), SliceThickness=_ds(dz)[0], SliceLocation=_ds(height)[0])
    set_pixels(one, body.hu[k], scanner)
    return one


def _set(into: Dataset, **elements: Any) -> None:
    for keyword, value in elements.items():
        setattr(into, keyword, value)


def _ds(*numbers: float) -> list[str]:
    return [f"{n:g}" if n == int(n) else f"{n:.2f}" for n in numbers]
