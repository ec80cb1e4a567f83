"""Text in and around compressed pixels goes; the pixels stay."""

import struct
from dataclasses import replace

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.encaps import generate_fragments
from pydicom.uid import RLELossless

from residency.deid.dicom.codestream import without_comments
from residency.deid.dicom.elements import Unreadable, read
from residency.deid.dicom.headers import scrub
from residency.deid.dicom.runlength import silenced
from tests.deid.ct_files import NAMES, SHIFTED, SUBJECT, encapsulated, from_bytes, run_length, to_bytes

DIRTY = b"Zwetschkenbaum"
JPEG_LOSSLESS, JPEG_2000 = "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.90"
WALKED = ["SC_rgb_jpeg_gdcm.dcm", "MR_small_jp2klossless.dcm", "MR_small_jpeg_ls_lossless.dcm", "JPEG2000.dcm"]
RUNS = ["MR_small_RLE.dcm", "SC_rgb_rle_2frame.dcm", "SC_rgb_rle_16bit.dcm", "SC_rgb_rle_32bit.dcm", "rtdose_rle.dcm"]


def packaged(name: str) -> bytes:
    return open(get_testdata_file(name, download=False), "rb").read()


@pytest.mark.parametrize("name", [*WALKED, *RUNS])
def test_the_pixels_of_real_compressed_files_stay(name: str) -> None:
    data = packaged(name)
    scrubbed = from_bytes(scrub(read(data), SHIFTED, NAMES, SUBJECT).data)
    before = pydicom.dcmread(get_testdata_file(name, download=False))
    one, two = (b"".join(generate_fragments(ds.PixelData)) for ds in (before, scrubbed))
    assert len(one) == len(two)
    changed = np.flatnonzero(np.frombuffer(one, np.uint8) != np.frombuffer(two, np.uint8))
    assert len(changed) < 200
    assert np.array_equal(before.pixel_array, scrubbed.pixel_array)


@pytest.mark.parametrize("marker", [b"\xff\xfe", b"\xff\xe1", b"\xff\xed", b"\xff\xf0"])
def test_comments_exif_and_extensions_in_jpeg_are_blanked_wherever_they_stand(marker: bytes) -> None:
    segment = marker + (len(DIRTY) + 2).to_bytes(2, "big") + DIRTY
    scan = b"\xff\xda\x00\x04\x01\x02" + b"\x11\xff\x00\x22\xff\xd0\x33"
    frame = b"\xff\xd8" + segment + scan + segment + scan + b"\xff\xd9"
    blanked = without_comments((frame[:20], frame[20:] + b"\0", frame + DIRTY), JPEG_LOSSLESS)
    stream = b"".join(blanked)
    assert DIRTY not in stream
    assert [len(fragment) for fragment in blanked] == [20, len(frame) - 19, len(frame) + len(DIRTY)]
    assert stream.count(scan) == 4


def test_comments_in_jpeg_2000_are_blanked_in_both_headers() -> None:
    comment = b"\xff\x64" + (len(DIRTY) + 4).to_bytes(2, "big") + b"\0\1" + DIRTY
    body = b"\xff\x93" + b"\x01\xff\x64\x02"
    part = b"\xff\x90\x00\x0a\x00\x00" + (12 + len(comment) + len(body)).to_bytes(4, "big") + b"\0\1" + comment + body
    frame = b"\xff\x4f" + b"\xff\x51\x00\x04\x09\x09" + comment + part + b"\xff\xd9"
    (blanked,) = without_comments((frame,), JPEG_2000)
    assert DIRTY not in blanked
    assert body in blanked
    assert len(blanked) == len(frame)


@pytest.mark.parametrize("stream", [b"no picture", b"\xff\xd8\xff\xfe\x00\x30abc", b"\xff\xd8\xff\xda\x00\x02abc"])
def test_a_stream_that_cannot_be_walked_is_refused(stream: bytes) -> None:
    with pytest.raises(Unreadable):
        without_comments((stream,), JPEG_LOSSLESS)


SCAN = b"\xff\xda\x00\x04\x01\x02" + b"\x11\x22"
FRAME = b"\xff\xd8" + SCAN + b"\xff\xd9"
BOXED = b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0\0\0\x16xml " + DIRTY + b"\0\0\0\0jp2c"


@pytest.mark.parametrize(
    ("syntax", "stream"),
    [
        (JPEG_LOSSLESS, (DIRTY + FRAME,)),
        (JPEG_LOSSLESS, (b"\0" + FRAME,)),
        (JPEG_LOSSLESS, (FRAME, DIRTY + FRAME)),
        (JPEG_2000, (BOXED + b"\xff\x4f\xff\x51\x00\x04\x09\x09\xff\xd9",)),
    ],
)
def test_a_stream_with_something_before_it_is_refused(syntax: str, stream: tuple[bytes, ...]) -> None:
    with pytest.raises(Unreadable):
        without_comments(stream, syntax)


def test_a_picture_in_a_files_wrapping_is_held_back() -> None:
    real = read(packaged("MR_small_jp2klossless.dcm"))
    place = next(n for n, element in enumerate(real.elements) if element[0] == 0x7FE00010)
    tag, vr, (table, first, *others), at = real.elements[place]
    wrapped = [*real.elements[:place], (tag, vr, (table, BOXED + first, *others), at)]
    with pytest.raises(Unreadable):
        scrub(replace(real, elements=wrapped), SHIFTED, NAMES, SUBJECT)


def test_what_follows_a_frame_is_blanked_whatever_it_is() -> None:
    first, second, rest = without_comments((FRAME + DIRTY, FRAME + b"\0", DIRTY), JPEG_LOSSLESS)
    assert (first, second, rest) == (FRAME + bytes(len(DIRTY)), FRAME + b"\0", bytes(len(DIRTY)))


RUN_FRAME = run_length(np.arange(256, dtype="<u2").tobytes())


def test_text_in_a_run_length_frame_is_blanked_wherever_no_decoder_reads() -> None:
    header, low = RUN_FRAME[:64], int.from_bytes(RUN_FRAME[8:12], "little")
    gap = DIRTY + b"\0\0"
    moved = struct.pack("<3L", 2, 64 + 16, low + 32)
    planted = moved + gap[:12] + header[24:50] + DIRTY + gap + RUN_FRAME[64:low] + gap + RUN_FRAME[low:] + gap
    after = from_bytes(scrub(read(to_bytes(encapsulated(planted), RLELossless)), SHIFTED, NAMES, SUBJECT).data)
    (frame,) = generate_fragments(after.PixelData[8:], endianness="<")
    assert len(frame) == len(planted)
    assert not any(DIRTY[n : n + 4] in frame for n in range(len(DIRTY) - 3))
    assert np.array_equal(after.pixel_array.ravel(), np.arange(256))


@pytest.mark.parametrize(
    "frame",
    [
        DIRTY,
        RUN_FRAME[:300],
        struct.pack("<16L", 1, 64, *[0] * 14) + RUN_FRAME[64:],
        struct.pack("<16L", 2, 40, 400, *[0] * 13) + RUN_FRAME[64:],
        struct.pack("<16L", 2, 64, 1 << 30, *[0] * 13) + RUN_FRAME[64:],
        struct.pack("<16L", 99, 64, 322, *[0] * 13) + RUN_FRAME[64:],
        RUN_FRAME[:-130] + b"\x7f" + bytes(129),
    ],
)
def test_a_run_length_frame_that_is_not_its_picture_is_refused(frame: bytes) -> None:
    with pytest.raises(Unreadable):
        silenced(frame[: len(frame) // 2 * 2], 250 if frame[-129:] == bytes(129) else 256, 2)


def tables(ds) -> tuple[bytes, bool]:
    """The offset table, and whether an extended one is left, in the cleaned file."""
    after = from_bytes(scrub(read(to_bytes(ds, RLELossless)), SHIFTED, NAMES, SUBJECT).data)
    length = int.from_bytes(after.PixelData[4:8], "little")
    return after.PixelData[8 : 8 + length], "ExtendedOffsetTable" in after or "ExtendedOffsetTableLengths" in after


def test_an_offset_table_stays_only_if_it_is_one() -> None:
    two, step = (RUN_FRAME, RUN_FRAME), len(RUN_FRAME) + 8
    true = struct.pack("<2L", 0, step)
    assert tables(encapsulated(*two, table=true, NumberOfFrames="2")) == (true, False)
    for false in (
        DIRTY + b"\0\0",
        b"Smith!\0\0",
        struct.pack("<2L", 0, step + 2),
        struct.pack("<2L", step, 0),
        true[:4],
    ):
        assert tables(encapsulated(*two, table=false, NumberOfFrames="2")) == (b"", False)


def test_an_extended_offset_table_stays_only_if_it_is_one() -> None:
    two, step = (RUN_FRAME, RUN_FRAME), len(RUN_FRAME) + 8
    starts, lengths = struct.pack("<2Q", 0, step), struct.pack("<2Q", step - 8, step - 8)
    extended = {"ExtendedOffsetTable": starts, "ExtendedOffsetTableLengths": lengths}
    assert tables(encapsulated(*two, NumberOfFrames="2", **extended)) == (b"", True)
    extended["ExtendedOffsetTableLengths"] = b"SmithsonSmithson"
    assert tables(encapsulated(*two, NumberOfFrames="2", **extended)) == (b"", False)
