"""CT files made for the tests: a whole header, every place where a name may hide, and ways to read the result."""

import io
import struct

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from residency.deid.pseudonyms import Identity, Pseudonyms
from residency.deid.recipe import load_recipe

KEY = bytes(range(32))
NAMES = Pseudonyms(KEY)
SUBJECT = Identity("SITE-A", "MRN0042731")
BASIC = load_recipe("basic")
SHIFTED = load_recipe("basic", "shift-dates")
ROOT = "1.2.826.0.1.3680043.8.498."


def ct(**changes) -> Dataset:
    """One CT slice with an invented patient; keywords replace elements."""
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, ROOT + "10.1"
    ds.StudyDate, ds.SeriesDate, ds.AcquisitionDate, ds.ContentDate = ["20240229"] * 4
    ds.StudyTime, ds.AcquisitionDateTime = "101530", "20240229101530.250000+0100"
    ds.AccessionNumber, ds.StudyID, ds.Modality = "ACC7788123", "ST4711", "CT"
    ds.Manufacturer, ds.ManufacturerModelName = "SIEMENS", "SOMATOM Force"
    ds.InstitutionName, ds.InstitutionAddress = "St Elsewhere Clinic", "12 Harbour Road, Elsewhere"
    ds.ReferringPhysicianName, ds.OperatorsName = "Okonkwo^Adaeze^^Dr", "Brandstetter^Ulf"
    ds.StationName, ds.DeviceSerialNumber = "CTROOM7X", "SN998877"
    ds.StudyDescription = "CT abdomen of Vasquez"
    ds.PatientName, ds.PatientID = "Vasquez^Marisol^T", "MRN0042731"
    ds.PatientBirthDate, ds.PatientSex, ds.PatientAge = "19310704", "F", "094Y"
    ds.PatientAddress, ds.PatientTelephoneNumbers = "77 Lantern Street, Elsewhere", "+1 555 010 4477"
    ds.BodyPartExamined, ds.ConvolutionKernel, ds.PatientPosition = "ABDOMEN", "B30f", "HFS"
    ds.KVP, ds.SliceThickness, ds.ProtocolName = "120", "1.5", "Abdomen Vasquez"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = ROOT + "1.1", ROOT + "1.2"
    ds.FrameOfReferenceUID, ds.InstanceNumber, ds.SeriesNumber = ROOT + "1.3", "1", "2"
    ds.ImagePositionPatient, ds.ImageOrientationPatient = [0, 0, 1.5], [1, 0, 0, 0, 1, 0]
    ds.PixelSpacing, ds.Rows, ds.Columns, ds.SamplesPerPixel = [0.703125, 0.703125], 16, 16, 1
    ds.PhotometricInterpretation, ds.PixelRepresentation = "MONOCHROME2", 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 12, 11
    ds.RescaleIntercept, ds.RescaleSlope = "-1024", "1"
    ds.PixelData = (np.arange(256, dtype="<u2") * 7).tobytes()
    for keyword, value in changes.items():
        setattr(ds, keyword, value)
    return ds


def to_bytes(ds: Dataset, syntax: str = ExplicitVRLittleEndian, preamble: bytes = bytes(128)) -> bytes:
    """The data set as a DICOM file in this transfer syntax."""
    ds.file_meta = meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = ds.SOPClassUID
    meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.preamble = preamble
    out = io.BytesIO()
    pydicom.dcmwrite(out, ds, enforce_file_format=True)
    return out.getvalue()


def from_bytes(data: bytes) -> Dataset:
    """The result as another program reads it."""
    return pydicom.dcmread(io.BytesIO(data))


def run_length(words: bytes) -> bytes:
    """16-bit pixels as one run-length frame of literal runs, the high bytes first (PS3.5 G.2)."""
    planes = [words[1::2], words[::2]]
    runs = [b"".join(bytes((len(p[n : n + 128]) - 1,)) + p[n : n + 128] for n in range(0, len(p), 128)) for p in planes]
    first, second = (run + bytes(len(run) % 2) for run in runs)
    return struct.pack("<16L", 2, 64, 64 + len(first), *[0] * 13) + first + second


def encapsulated(*fragments: bytes, table: bytes = b"", **changes) -> Dataset:
    """A CT slice whose compressed pixels are these fragments behind this offset table."""
    items = b"".join(struct.pack("<HHL", 0xFFFE, 0xE000, len(one)) + one for one in (table, *fragments))
    ds = ct(**changes)
    ds.PixelData = items + struct.pack("<HHL", 0xFFFE, 0xE0DD, 0)
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    return ds


def item(**values) -> Dataset:
    """A sequence item."""
    ds = Dataset()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def nested(inner: Dataset, depth: int, tag: int = 0x00400555) -> Dataset:
    """The data set wrapped in a kept standard sequence, so many levels deep."""
    for _ in range(depth):
        outer = Dataset()
        outer.add_new(tag, "SQ", [inner])
        inner = outer
    return inner
