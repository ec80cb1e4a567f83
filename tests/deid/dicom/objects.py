"""One subject's objects of many kinds, made for the tests, that refer to each other as a hospital's do."""

import struct

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from tests.deid.ct_files import ROOT, ct, item, to_bytes

STORAGE = "1.2.840.10008.5.1.4.1.1."
CT, SEG, STRUCT, DOSE, PLAN = STORAGE + "2", STORAGE + "66.4", STORAGE + "481.3", STORAGE + "481.2", STORAGE + "481.5"
SR, PR, KO, ECG = STORAGE + "88.33", STORAGE + "11.1", STORAGE + "88.59", STORAGE + "9.1.1"
PIXELS = "Rows Columns SamplesPerPixel PhotometricInterpretation PixelRepresentation BitsAllocated BitsStored HighBit"
IMAGE_ONLY = (
    f"PixelData ImageType {PIXELS} RescaleIntercept RescaleSlope KVP ConvolutionKernel PixelSpacing ProtocolName"
)


def slices(count: int = 3) -> list[Dataset]:
    """The CT series to which everything else refers."""
    return [ct(SOPInstanceUID=f"{ROOT}10.{n}", InstanceNumber=str(n)) for n in range(1, count + 1)]


def _other(sop_class: str, number: int, modality: str, **changes) -> Dataset:
    """An object of another kind of the same study, in a series of its own, without a picture."""
    ds = ct(SOPClassUID=sop_class, SOPInstanceUID=f"{ROOT}20.{number}", SeriesInstanceUID=f"{ROOT}2.{number}")
    for keyword in IMAGE_ONLY.split():
        if keyword in ds:
            delattr(ds, keyword)
    ds.Modality, ds.InstanceNumber = modality, "1"
    for keyword, value in changes.items():
        setattr(ds, keyword, value)
    return ds


def refers(ds: Dataset, **more) -> Dataset:
    """An item that names an instance."""
    return item(ReferencedSOPClassUID=ds.SOPClassUID, ReferencedSOPInstanceUID=ds.SOPInstanceUID, **more)


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """A code."""
    return item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def content(kind: str, name: tuple[str, str, str], relation: str = "CONTAINS", **values) -> Dataset:
    """A content item of a structured document."""
    return item(RelationshipType=relation, ValueType=kind, ConceptNameCodeSequence=[code(*name)], **values)


def evidence(images: list[Dataset]) -> list[Dataset]:
    """The study and series in which images lie, as documents name them."""
    series = item(SeriesInstanceUID=images[0].SeriesInstanceUID, ReferencedSOPSequence=[refers(one) for one in images])
    return [item(StudyInstanceUID=images[0].StudyInstanceUID, ReferencedSeriesSequence=[series])]


def structure_set(images: list[Dataset], name: str = "Liver Vasquez") -> Dataset:
    """An RT structure set with one contour on each image."""
    frame = images[0].FrameOfReferenceUID
    lines = [
        item(
            ContourImageSequence=[refers(one)],
            ContourGeometricType="CLOSED_PLANAR",
            NumberOfContourPoints="3",
            ContourData=["0", "0", "1", "1", "0", "1", "1", "1", "1"],
        )
        for one in images
    ]
    series = item(SeriesInstanceUID=images[0].SeriesInstanceUID, ContourImageSequence=[refers(one) for one in images])
    study = item(
        ReferencedSOPClassUID="1.2.840.10008.3.1.2.3.1",
        ReferencedSOPInstanceUID=images[0].StudyInstanceUID,
        RTReferencedSeriesSequence=[series],
    )
    return _other(
        STRUCT,
        1,
        "RTSTRUCT",
        StructureSetLabel="Vasquez plan",
        StructureSetName="liver",
        StructureSetDate="20240301",
        StructureSetTime="101500",
        ReferencedFrameOfReferenceSequence=[item(FrameOfReferenceUID=frame, RTReferencedStudySequence=[study])],
        StructureSetROISequence=[item(ROINumber="1", ReferencedFrameOfReferenceUID=frame, ROIName=name)],
        ROIContourSequence=[item(ReferencedROINumber="1", ContourSequence=lines)],
        RTROIObservationsSequence=[item(ObservationNumber="1", ReferencedROINumber="1", ROIInterpreter="Brandt^Ulf")],
    )


def mask(images: list[Dataset], label: str = "Liver of Marisol") -> Dataset:
    """A segmentation with one frame for each image."""
    ds = _other(SEG, 2, "SEG", NumberOfFrames=str(len(images)), SegmentationType="BINARY", ContentLabel="LIVER")
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = 16, 16, 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 1, 1, 0, 0
    ds.SegmentSequence = [item(SegmentNumber=1, SegmentLabel=label, SegmentAlgorithmType="MANUAL")]
    ds.ContentCreatorName, ds.ContentDescription = "Brandt^Ulf", "drawn by Brandt"
    ds.ReferencedSeriesSequence = [
        item(SeriesInstanceUID=images[0].SeriesInstanceUID, ReferencedInstanceSequence=[refers(one) for one in images])
    ]
    groups = [item(DerivationImageSequence=[item(SourceImageSequence=[refers(one)])]) for one in images]
    ds.PerFrameFunctionalGroupsSequence = groups
    ds.PixelData = np.packbits(np.arange(256 * len(images)) % 3 == 0, bitorder="little").tobytes()
    return ds


def dose(plan: Dataset) -> Dataset:
    """An RT dose grid."""
    ds = _other(
        DOSE, 3, "RTDOSE", DoseUnits="GY", DoseType="PHYSICAL", DoseSummationType="PLAN", DoseGridScaling="0.001"
    )
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = 4, 4, 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
    ds.DoseComment = "for Vasquez"
    ds.ReferencedRTPlanSequence = [refers(plan)]
    ds.PixelData = np.arange(16, dtype="<u2").tobytes()
    return ds


def plan(structures: Dataset) -> Dataset:
    """An RT plan."""
    beams = [item(BeamNumber="1", BeamName="AP Vasquez", TreatmentMachineName="LINAC7", BeamDescription="liver boost")]
    dated = {"RTPlanLabel": "liver", "RTPlanDate": "20240302", "RTPlanTime": "090000", "RTPlanGeometry": "PATIENT"}
    return _other(PLAN, 4, "RTPLAN", **dated, BeamSequence=beams, ReferencedStructureSetSequence=[refers(structures)])


def report(images: list[Dataset], *more: Dataset) -> Dataset:
    """A structured report with every value type and names in all of them."""
    ds = _other(SR, 5, "SR", CompletionFlag="COMPLETE", VerificationFlag="VERIFIED", ValueType="CONTAINER")
    ds.ConceptNameCodeSequence, ds.ContinuityOfContent = [code("18748-4", "LN", "Diagnostic imaging study")], "SEPARATE"
    ds.VerifyingObserverSequence = [
        item(VerifyingObserverName="Brandt^Ulf", VerifyingOrganization="St Elsewhere Clinic")
    ]
    ds.VerifyingObserverSequence[0].VerificationDateTime = "20240301101500"
    ds.ReferencedRequestSequence = [item(StudyInstanceUID=images[0].StudyInstanceUID, RequestedProcedureID="RP77123")]
    ds.CurrentRequestedProcedureEvidenceSequence = evidence(images)
    number = item(NumericValue="94", MeasurementUnitsCodeSequence=[code("a", "UCUM", "year")])
    size = item(NumericValue="12.5", MeasurementUnitsCodeSequence=[code("mm", "UCUM", "mm")])
    ds.ContentSequence = [
        content("PNAME", ("121008", "DCM", "Person Observer Name"), "HAS OBS CONTEXT", PersonName="Brandt^Ulf"),
        content("TEXT", ("121022", "DCM", "Accession Number"), "HAS OBS CONTEXT", TextValue="ACC7788123"),
        content("NUM", ("121033", "DCM", "Subject Age"), "HAS OBS CONTEXT", MeasuredValueSequence=[number]),
        content("DATE", ("111060", "DCM", "Study Date"), "HAS OBS CONTEXT", Date="20240229"),
        content("UIDREF", ("121018", "DCM", "Procedure Study Instance UID"), UID=images[0].StudyInstanceUID),
        content(
            "TEXT",
            ("121071", "DCM", "Finding"),
            TextValue="Mrs Vasquez has a cyst of 12 mm in the liver, seen 2024-02-29",
        ),
        content("CODE", ("121071", "DCM", "Finding"), ConceptCodeSequence=[code("K1", "99LOCAL", "cyst of Vasquez")]),
        content(
            "CONTAINER",
            ("125007", "DCM", "Measurement Group"),
            ContinuityOfContent="SEPARATE",
            ContentSequence=[
                content("NUM", ("410668003", "SCT", "Length"), MeasuredValueSequence=[size]),
                content("IMAGE", ("121112", "DCM", "Source of Measurement"), ReferencedSOPSequence=[refers(images[0])]),
                content("UIDREF", ("112040", "DCM", "Tracking Unique Identifier"), UID=ROOT + "77.1"),
                content("DATETIME", ("zz", "99LOCAL", "When"), DateTime="20240301101500"),
            ],
        ),
        *more,
    ]
    return ds


def state(images: list[Dataset]) -> Dataset:
    """A presentation state with a written and a drawn annotation."""
    text = item(UnformattedTextValue="cyst of Vasquez, liver", AnchorPoint=[1.0, 1.0])
    drawn = item(GraphicType="POLYLINE", NumberOfGraphicPoints=2, GraphicData=[1.0, 1.0, 2.0, 2.0])
    note = item(GraphicLayer="NOTES", TextObjectSequence=[text], GraphicObjectSequence=[drawn])
    note.ReferencedImageSequence = [refers(images[0])]
    made = {"PresentationCreationDate": "20240301", "PresentationCreationTime": "101500", "ContentLabel": "NOTES"}
    ds = _other(PR, 6, "PR", **made, GraphicAnnotationSequence=[note], ContentCreatorName="Brandt^Ulf")
    ds.ReferencedSeriesSequence = [
        item(SeriesInstanceUID=images[0].SeriesInstanceUID, ReferencedImageSequence=[refers(one) for one in images])
    ]
    return ds


def key_objects(images: list[Dataset]) -> Dataset:
    """A key object selection."""
    ds = _other(KO, 7, "KO", ValueType="CONTAINER", ContinuityOfContent="SEPARATE")
    ds.ConceptNameCodeSequence = [code("113000", "DCM", "Of Interest")]
    ds.CurrentRequestedProcedureEvidenceSequence = evidence(images)
    note = content("TEXT", ("113012", "DCM", "Key Object Description"), TextValue="liver cyst, show to Dr Okonkwo")
    image = item(RelationshipType="CONTAINS", ValueType="IMAGE", ReferencedSOPSequence=[refers(images[1])])
    ds.ContentSequence = [note, image]
    return ds


def waves() -> Dataset:
    """An ECG with an annotation."""
    channel = item(ChannelLabel="Lead of Vasquez", WaveformBitsStored=16)
    wave = item(NumberOfWaveformChannels=1, NumberOfWaveformSamples=4, SamplingFrequency="500")
    wave.ChannelDefinitionSequence, wave.MultiplexGroupLabel = [channel], "RHYTHM Vasquez"
    wave.WaveformBitsAllocated, wave.WaveformSampleInterpretation = 16, "SS"
    wave.WaveformData = struct.pack("<4h", 1, 2, 3, 4)
    ds = _other(ECG, 8, "ECG", WaveformSequence=[wave], AcquisitionDateTime="20240229101530")
    ds.WaveformAnnotationSequence = [item(UnformattedTextValue="Vasquez: normal", AnnotationGroupNumber=0)]
    return ds


def whole_set() -> list[list[Dataset]]:
    """All series of the subject."""
    images = slices()
    structures = structure_set(images)
    planned = plan(structures)
    others = [
        structures,
        mask(images),
        dose(planned),
        planned,
        report(images),
        state(images),
        key_objects(images),
        waves(),
    ]
    return [images, *([one] for one in others)]


def files(series: list[Dataset]) -> list[bytes]:
    """The series as files."""
    return [to_bytes(ds, ExplicitVRLittleEndian) for ds in series]
