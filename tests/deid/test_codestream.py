"""Text in the comment segments of compressed pixels goes; the pixels stay."""

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.encaps import generate_fragments

from residency.deid.codestream import without_comments
from residency.deid.elements import Unreadable, read
from residency.deid.headers import scrub
from tests.deid.ct_files import NAMES, SHIFTED, SUBJECT, from_bytes

DIRTY = b"Zwetschkenbaum"
JPEG_LOSSLESS, JPEG_2000 = "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.90"
WALKED = ["SC_rgb_jpeg_gdcm.dcm", "MR_small_jp2klossless.dcm", "MR_small_jpeg_ls_lossless.dcm", "JPEG2000.dcm"]


def packaged(name: str) -> bytes:
    return open(get_testdata_file(name, download=False), "rb").read()


@pytest.mark.parametrize("name", WALKED)
def test_the_pixels_of_real_compressed_files_stay(name: str) -> None:
    data = packaged(name)
    scrubbed = from_bytes(scrub(read(data), SHIFTED, NAMES, SUBJECT).data)
    before = pydicom.dcmread(get_testdata_file(name, download=False))
    one, two = (b"".join(generate_fragments(ds.PixelData)) for ds in (before, scrubbed))
    assert len(one) == len(two)
    changed = np.flatnonzero(np.frombuffer(one, np.uint8) != np.frombuffer(two, np.uint8))
    assert len(changed) < 200
    assert np.array_equal(before.pixel_array, scrubbed.pixel_array)


@pytest.mark.parametrize("marker", [b"\xff\xfe", b"\xff\xe1", b"\xff\xed"])
def test_comments_and_exif_in_jpeg_are_blanked_wherever_they_stand(marker: bytes) -> None:
    segment = marker + (len(DIRTY) + 2).to_bytes(2, "big") + DIRTY
    scan = b"\xff\xda\x00\x04\x01\x02" + b"\x11\xff\x00\x22\xff\xd0\x33"
    frame = b"\xff\xd8" + segment + scan + segment + scan + b"\xff\xd9"
    blanked = without_comments((b"", frame[:20], frame[20:] + b"\0", frame + DIRTY), JPEG_LOSSLESS)
    stream = b"".join(blanked)
    assert DIRTY not in stream
    assert [len(fragment) for fragment in blanked] == [0, 20, len(frame) - 19, len(frame) + len(DIRTY)]
    assert stream.count(scan) == 4


def test_comments_in_jpeg_2000_are_blanked_in_both_headers() -> None:
    comment = b"\xff\x64" + (len(DIRTY) + 4).to_bytes(2, "big") + b"\0\1" + DIRTY
    body = b"\xff\x93" + b"\x01\xff\x64\x02"
    part = b"\xff\x90\x00\x0a\x00\x00" + (12 + len(comment) + len(body)).to_bytes(4, "big") + b"\0\1" + comment + body
    frame = b"\xff\x4f" + b"\xff\x51\x00\x04\x09\x09" + comment + part + b"\xff\xd9"
    (_, blanked) = without_comments((b"", frame), JPEG_2000)
    assert DIRTY not in blanked
    assert body in blanked
    assert len(blanked) == len(frame)


@pytest.mark.parametrize("stream", [b"no picture", b"\xff\xd8\xff\xfe\x00\x30abc", b"\xff\xd8\xff\xda\x00\x02abc"])
def test_a_stream_that_cannot_be_walked_is_refused(stream: bytes) -> None:
    with pytest.raises(Unreadable):
        without_comments((b"", stream), JPEG_LOSSLESS)
