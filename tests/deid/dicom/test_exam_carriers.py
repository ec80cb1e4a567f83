"""The files that pydicom brings along, as carriers: each is cleaned without residue or held with a reason; none breaks.

Their patients are stand-ins or invented.
"""

from collections import Counter
from pathlib import Path

import pydicom.data
import pytest

from residency.deid.dicom.elements import read
from residency.deid.dicom.harvest import harvest
from residency.deid.dicom.residual import search
from residency.deid.dicom.series import SeriesResult, deidentify_series
from residency.deid.pseudonyms import Identity
from residency.deid.recipe import load_recipe
from tests.deid.ct_files import NAMES, from_bytes

RECIPE = load_recipe("basic", "shift-dates", "clean-structured-content", "clean-graphics", "safe-private")
ROOT = Path(pydicom.data.__file__).parent
FILES = sorted(
    path
    for folder in ("test_files", "charset_files")
    for path in (ROOT / folder).rglob("*")
    if path.is_file() and path.read_bytes()[128:132] == b"DICM"
)
SOUND = {"rtplan.dcm", "rtdose.dcm", "rtdose_rle.dcm", "waveform_ecg.dcm", "liver_1frame.dcm"}
MINTED = {b"ANONYMIZED", b"19000101", NAMES.code("S", "77123456").encode()}
REASONS = {"BURNED-IN", "FACE", "OBJECT-NOT-SUPPORTED", "UNREADABLE", "RESIDUAL"}


def test_every_file_is_cleaned_or_held_and_none_breaks() -> None:
    """A cleaned one is searched once more and read by another program."""
    assert len(FILES) > 150
    became: Counter = Counter()
    for path in FILES:
        result = cleaned(path.read_bytes())
        if result.quarantine is not None:
            assert result.quarantine.code in REASONS, path.name
            assert result.outputs == []
            became[result.quarantine.code] += 1
            continue
        data = result.outputs[0][1]
        assert from_bytes(data).PatientIdentityRemoved == "YES"
        left = search([(data, frozenset(MINTED))], harvest([read(path.read_bytes())]).without("date"))
        assert left == [], path.name
        became[path.name] += 1
    assert set(became) >= SOUND


def cleaned(data: bytes) -> SeriesResult:
    return deidentify_series([data], RECIPE, NAMES, Identity("S", "77123456"))


@pytest.mark.parametrize("name", sorted(SOUND))
def test_a_sound_file_of_a_kind_that_passes_is_cleaned(name: str) -> None:
    path = next(path for path in FILES if path.name == name)
    result = cleaned(path.read_bytes())
    assert result.quarantine is None
    before, after = from_bytes(path.read_bytes()), from_bytes(result.outputs[0][1])
    assert after.SOPInstanceUID != before.SOPInstanceUID
    if "PixelData" in before:
        assert after.PixelData == before.PixelData
    if "WaveformSequence" in before:
        assert after.WaveformSequence[0].WaveformData == before.WaveformSequence[0].WaveformData
