"""Words that stand in images by the standard or by the maker's habit, and the elements where they may stand.

A patient may be called Head, Long or Siemens. Such a word is no trace of that patient where the standard or the scanner
put it: in defined terms (VR CS), in the maker's name, in a kernel. Everywhere else it counts like any other name.

    is_standard(0x00181210, b"SH", "bone")  ->  True
    is_standard(0x00204000, b"LT", "bone")  ->  False

Sources: defined terms of PS3.3 for images, PS3.16 Annex L (body parts), names of makers, scanners and kernels as seen
in public images. Not here: words of the subject (`identifiers`).
"""

_TERMS = """
abdomen abdomenpelvis abdominal above achieva acq acquisition active adc add added additive admin adrenal advanced
aera agent agents aggregate air algorithm amber angio angiographic angiography ankle anterior aorta ap applied
approved aquilion arm arterial artery ascending asir assisted ast attenuation attn auto automa automatic avanto
average axial axis back barium baseline basic beam bimodal binary biopsy bladder body bodypart bold bolus bone bowtie
bqml brain breast brightspeed brilliance bronchial bw calcium calibration canon cardiac carotid cc cervical cg chest
cine circle clavicle clinical clns closed cnts coccyx code codes colon combined composite compressed concept
confidentiality configuration constant container contains content context continuity continuous contrast core corneal
coronal coronary corrected correction counting cross cspine ct ctspine cumulative curved cw data dates datetime dcal
dcm decomposition decubitus decy default definition delayed density department derived description detail detector
diamond diff diffusion discovery display distance dixon dlyd dose dosimetry drive dtim dual duodenum dynamic ear early
ec eclos edge eight elbow electron ellipse elscint emergency emission emotion energy enhanced ep epi esophagus espree
essential evolution exam examination exposure external extremity eye fa face fc feet feetfirst femur ffdl ffdr ffp ffs
field fil filter fine finger first fl flair flash flat fluence fluoroscopy foot force fov fraction fractional frame fs
fse fuji fujifilm full gadolinium gallbladder gantry gate gated ge general genesis gr gre group guidance hand has
haste hd head headfirst headneck healthcare healthineers heart helical helix hfdl hfdr hfp hfs high hip hitachi
hospital hounsfield hu humerus hybrid identity image imaging imatron indicator infection inferred ingenia ingenuity
injection innova instance institution interventional intraarterial intravenous iodinated iodine ip ippm iq ir iris
item iterative iv jaw joint kernel kidney knee large laser last lateral lateralized left leg lens lightspeed limited
lin line linear liver ll localization localizer long longitudinal low lower lspine lumbar lung magnetic magnetom
magnitude manual marconi material max maximum mean mediastinum medical medicine medium method mini minimum mip mixed
mm mod model modification modified modulated mono monochrome mosaic motn mpr mprage mr mtc multi multiple multipoint
muscle mx navel neck neuro neurologica neusoft nm no none nonionic norm normal nose nuclear num number obs observer
occupancy od om omni oncology one open optima option oral orbit organ original osp osteo ot oval ovary pa pancreas
panel parallel parotid partial patella patient pelvis penis per perfusion perineum perspective pet pff phantom phase
philips photon plain plan planar plus pmot pname point polychromatic polyline portal position posterior power ppg
primary prime prisma probability processed profile projection prone propeller properties prostate protocol pt quality
radial radiographic radiology radiopharmaceutical radl ran random rapid reconstructed reconstruction record recorded
rectum recursive reference reformatted region registration rejected removed resampled resolution result retain
revolution rg ribs right rl rm rotate rotation round sacrum safe sagittal sample sc scan scanner scat scoord scoord3d
scout sct se secondary segment selected semiautomatic sensation separate seq sequence sequenced series sharp shift
shimadzu shoulder siemens sigmoid sign signa sing sinus six sk skull skyra slice small smart smooth sn snapshot soft
sola som somatom sp specials spectral spi spine spiral spleen split srt ss standard start static std step sternum stir
stomach stone storage strong study sub subtract subtraction supine surface surgery symphony syngo system systems table
target tcoord temporal testis text tfl thigh thoracic thorax three throat thymus thyroid time tissue titan toe tof
tomographic tomography tongue topo toshiba total tracew trachea transmission trio trss tse tspine tube tumor two
uidref uih ultra umls unapproved uniform united unmodified unspecified unverified upper ureter urethra us uterus
vagina values vantage variable vascular venous verified verio vertebra vertebral very vibe vida virtual vision vitrea
vl volume vrt water waveform weighted whole wholebody wide width window window1 window2 with without wrist xpress xyz
yes zygoma
"""
TERMS = frozenset(_TERMS.split())
FREE_TEXT_VRS = frozenset((b"LT", b"PN", b"ST", b"UT"))
"""Kinds of text in which people write and machines do not."""

_PLACES = frozenset(
    (
        0x00080070,  # Manufacturer
        0x00081090,  # Manufacturer's Model Name
        0x00180024,  # Sequence Name, and
        0x00189005,  # Pulse Sequence Name: SE and TSE are also surnames
        0x00080100,  # Code Value
        0x00080102,  # Coding Scheme Designator
        0x00080104,  # Code Meaning
        0x00181020,  # Software Versions
        0x00181040,  # Contrast/Bolus Route
        0x00181160,  # Filter Type
        0x00181210,  # Convolution Kernel
        0x00189316,  # CT Kernel Group terms of enhanced CT
        0x00201040,  # Position Reference Indicator
        0x00281054,  # Rescale Type: HU is also a surname
        0x00281055,  # Window Center & Width Explanation
        0x00283003,  # LUT Explanation
    )
)
_CODES = frozenset((0x00080100, 0x00080101, 0x00080102, 0x00080103, 0x00081090))
"""Code values with their schemes, and the model's name."""


def holds_codes(tag: int, vr: bytes) -> bool:
    """Whether short mixtures of letters and digits stand in this element by habit: kernels, coils, sequences, codes."""
    return vr == b"CS" or tag >> 16 == 0x0018 or tag in _CODES


def is_standard(tag: int, vr: bytes, word: str) -> bool:
    """Whether this word, in its normal spelling, stands here by the standard or by the maker's habit."""
    return word in TERMS and (vr == b"CS" or tag in _PLACES)
