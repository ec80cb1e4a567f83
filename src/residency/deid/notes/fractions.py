"""Whether two numbers with a stroke between are a day of the year or a value: "on 3/4", "strength 5/5".

    is_day(text, match)      the match has the numbers as "p" and "q", a weekday or time beside them as "wd", "t", "s"

What stands before and after decides; a number that no value of the kind reaches ("12/30") is a day without more. Not
here: dates with their year (`dates`).
"""

import re

_DATE_CUE = re.compile(
    r"(?:\b(?:on|since|from|until|till|by|dated?|seen|through|thru|after|before|last|dos|d/c(?:'?d|ed)?|"
    r"admit(?:ted)?|admission|"
    r"discharged?|starting|started|begun|began|stopped|due|scheduled|(?:follow|f)[-/ ]?u(?:p)?|appt|appointment|"
    r"surgery|visit|"
    r"(?:mon|tue|tues|wed|thu|thurs|fri|sat|sun)(?:day)?|ct|mri|cxr|xr|us|echo|ekg|ecg|labs?|cultures?|bcx|ucx|"
    r"pod\W?\d+|note|"
    r"adm|hd|w/e|week of|night of|morning of|repeated?|given|done|placed|removed|called|updated|written|dob|doa|and|to|"
    r"between|lmp|edd|edc|tci|conference|meeting|mtg|rounds?|clinic|returns?|recheck|review|booked|"
    r"pet)[:,.]?|[-–(;]|^[ \t]*[-*•]?)[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_VALUE_BEFORE = re.compile(
    r"(?:\bv\.?a\.?|acuity|beighton|epworth|[a-z]ton|scale|criteria|allred|\b[ep]r|symptoms|points|total|strength|"
    r"motor|power|pain|score[ds]?|grade[d]?|"
    r"murmur|pulses?|reflexes|dtrs?|apgars?|gcs|vision|acuity|"
    r"bp|nodes?|"
    r"\bpos(?:itive)?|rated?|rating|mrs|ratio|level|stage|biceps|triceps|patellar?|achilles|grip|deltoids?|"
    r"quad(?:ricep)?s?|"
    r"hamstrings?|dorsiflexion|plantarflexion|extension|flexion|iliopsoas|radial|dp|pt|pedal|phq-?\d?|gad-?\d?|birads|"
    r"gleason|mmse|moca|bishop|ratio|fraction|approximately|about|only|intensity|severity|at rest|currently|was|is|of|"
    r"with|x|a|\bto|=|LE|UE|RUE|LUE|RLE|LLE|bilaterally|throughout|were)[:=]?[ \t]*$",
    re.IGNORECASE,
)
_VALUE_AFTER = re.compile(
    r"[ \t]*(?:(?-i:R|L|RE|LE|BE|OD|OS|OU)\b(?![.]?[ ]?[A-Z][a-z])|unaided|aided|corrected|-?(?:\d/)|(?:\(|in |on |"
    r"for )?(?:strength|motor|power|systolic|diastolic|murmur|sem\b|hsm|pulses?|"
    r"throughout|"
    r"bilat|in (?:all|both|b/l|the (?:right|left|upper|lower))|pain|points?|criteria|sets?|bottles?|tabs?|"
    r"tablets?|ml|mg|cm|mm|"
    r"inch|of (?:a|the)|doses?|cores?|lymph|nodes?|quadrants?|positive|negative|times|days|weeks|pack|ppd|cup|teaspoon|"
    r"strength|biceps|grip|bue|ble|rue|lue|rle|lle|reflex|dtr|symmetric|brisk|equal|intensity|severity|(?:out "
    r")?of 10|ns\b|"
    r"saline|normal saline|left|right|upper|lower|cylinder|thickness|full|radial|dorsalis|extrem|hip|knee|ankle|"
    r"shoulder))",
    re.IGNORECASE,
)


_OF = re.compile(
    r"\b(?:study|exam|night|morning|evening|afternoon|week|visit|report|scan|film|as|note|labs?|pet|"
    r"ct|mri|echo|biopsy) of[ \t]*$",
    re.IGNORECASE,
)


def is_day(text: str, match: re.Match[str]) -> bool:
    """Whether two numbers with a stroke between are a day of the year."""
    first, second = int(match["p"]), int(match["q"])
    if match["p"] + match["q"] == "247" or not ((first <= 12 and second <= 31) or (second <= 12 and first <= 31)):
        return False
    if match["wd"] or match["t"] or match["s"] or match["p"].startswith("0") or match["q"].startswith("0"):
        return True
    before, after = text[max(0, match.start() - 40) : match.start()], text[match.end() : match.end() + 30]
    dated = _OF.search(before) is not None
    part = first <= second and second in (4, 5, 6, 10, 15, 30)
    if _VALUE_AFTER.match(after) or (part and not dated and _VALUE_BEFORE.search(before)):
        return False
    if dated or _DATE_CUE.search(before):
        return dated or not (first == second and first in (2, 4, 5))
    # No score is above its most, and no day of a month is left out but those that others use: 14/7 are fourteen days,
    # 18/12 are months, and 15/5, 16/8 are pressures.
    if first > 12 and second in (1, 2, 3, 4, 9, 11) and not _VALUE_BEFORE.search(before):
        return True
    return second > 6 and second not in (10, 15) and not _VALUE_BEFORE.search(before)
