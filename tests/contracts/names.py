"""What everybody who gives names must do; a class passes by inheriting these tests and saying how to make one.

`project(n)` is the names of project n at its first run; `next_run(names)` the same project in a later run, in which
nothing is left of this one but what was kept.
"""

import re
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from residency.deid.pseudonyms import Identity, Names, alias, is_standard_uid

UIDS = st.from_regex(r"1\.2\.(826|392)(\.(0|[1-9][0-9]{0,8})){2,5}", fullmatch=True)
WORDS = st.text(max_size=12) | st.text("0123456789ABab -.\x1e\x1f", max_size=12)
STANDARD = ("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.4.1.1", "1.2.840.10008.2.16.4")
OWN = ("1.2.840.100081.5", "1.2.840.10008.99.4711", "2.16.840.1.113883.3.4711.20240229", "2.25.4711", "", "no UID")
SECRET = ("SITE-SECRET", "MRN0042731", "1.2.826.0.1.4711.99", "ENC-77120")

inherited = settings(max_examples=60, suppress_health_check=[HealthCheck.differing_executors], deadline=None)


class NamesContract:
    """Inherit, and add `project` and `next_run`."""

    def project(self, number: int) -> Names:
        raise NotImplementedError

    def next_run(self, names: Names) -> Names:
        raise NotImplementedError

    @inherited
    @given(WORDS, WORDS, UIDS)
    def test_what_was_named_keeps_its_name_in_this_run_and_the_next(self, issuer, number, uid):
        names = self.project(1)
        given_ = _all_of(names, issuer, number, uid)
        assert _all_of(names, issuer, number, uid) == given_
        assert _all_of(self.next_run(names), issuer, number, uid) == given_

    @pytest.mark.parametrize("spelling", ["00042ab", " 42AB ", "42ab", "042Ab\0", "\t0 42aB\r\n"])
    def test_one_patient_in_many_spellings_has_one_code(self, spelling):
        names = self.project(1)
        assert names.code("site-a ", spelling) == names.code("SITE-A", "42AB")
        assert names.thing("visit", spelling) == names.thing("visit", "42AB")
        assert names.shift_days("site-a ", spelling) == names.shift_days("SITE-A", "42AB")

    def test_a_letter_has_one_code_whether_its_accent_is_part_of_it_or_follows(self):
        names = self.project(1)
        assert names.code("", "a\u030a7") == names.code("", "\u00e57") == names.code("", "\u212b7")

    def test_a_uid_has_one_new_one_with_and_without_the_padding_of_its_file(self):
        names = self.project(1)
        assert names.uid("1.2.826.1\0") == names.uid("1.2.826.1") == names.uid(" 1.2.826.1 ")
        assert names.uid("1.2.826.1") != names.uid("1.2.826.10")

    @inherited
    @given(st.lists(st.tuples(WORDS, WORDS), min_size=2, max_size=2))
    def test_two_codes_are_equal_only_where_issuer_and_number_are(self, two):
        names = self.project(1)
        same = len({_canonical(issuer, number) for issuer, number in two}) == 1
        assert (len({names.code(*one) for one in two}) == 1) is same

    def test_the_issuer_tells_two_patients_with_one_number_apart(self):
        names = self.project(1)
        pairs = [("A", "1"), ("B", "1"), ("", "1"), ("A1", "2"), ("A", "12"), ("A\x1f1", "2"), ("A", "1\x1f2")]
        assert len({names.code(*pair) for pair in pairs}) == len(pairs)

    @inherited
    @given(UIDS)
    def test_a_new_uid_is_valid_and_another(self, original):
        new = self.project(1).uid(original)
        assert re.fullmatch(r"2\.25\.[1-9][0-9]*", new)
        assert len(new) <= 64
        assert int(new[5:]) < 2**128
        assert int(new[5:]) >> 62 & 0b11 == 0b10
        assert new != original
        assert not is_standard_uid(new)

    def test_only_a_uid_that_the_standard_lists_keeps_its_meaning(self):
        names = self.project(1)
        assert [names.uid(uid) for uid in STANDARD] == list(STANDARD)
        assert names.uid(STANDARD[0] + "\0") == STANDARD[0]
        assert all(names.uid(uid).startswith("2.25.") for uid in OWN)
        assert not {names.uid(uid) for uid in OWN} & set(OWN)

    def test_nothing_has_the_name_of_another(self):
        names, numbers = self.project(1), [str(number) for number in range(1, 3001)]
        codes = [names.code("A", number) for number in numbers]
        things = [names.thing(kind, number) for kind in ("visit", "note", "subject", "code") for number in numbers]
        uids = [names.uid(f"1.2.3.{number}") for number in numbers]
        assert len({*codes, *things, *uids}) == 6 * len(numbers)
        assert all(re.fullmatch("[A-Z2-7]{16}", code) for code in codes + things)

    def test_kinds_of_things_do_not_run_into_the_things(self):
        names = self.project(1)
        assert names.thing("visit", "1") != names.thing("visit1", "")
        assert names.thing("A", "1\x1f2") != names.thing("A\x1f1", "2")

    def test_two_projects_share_no_name(self):
        subjects = [("SITE-A", str(number), f"1.2.{number}") for number in range(1, 500)]
        projects = [self.project(number) for number in (1, 2)]
        one, two = ({name for who in subjects for name in _all_of(names, *who)[:3]} for names in projects)
        assert len(one) == len(two) == 3 * len(subjects)
        assert not one & two

    def test_a_name_is_no_part_of_what_it_stands_for(self):
        code = self.project(1).code("SITE-A", "4711")
        assert "4711" not in code
        assert "SITE" not in code

    def test_half_a_letter_of_some_json_has_a_name(self):
        names = self.project(1)
        assert len({names.code("", "\ud800"), names.code("", "\udc00"), names.thing("note", "\ud800")}) == 3
        assert names.uid("\ud800").startswith("2.25.")
        assert self.next_run(names).code("", "\ud800") == names.code("", "\ud800")

    def test_an_alias_is_what_the_names_say(self):
        names = self.project(1)
        new = alias(names, Identity("SITE-A", "42"))
        assert (new.code, new.dates.shift) == (names.code("SITE-A", "42"), names.shift_days("SITE-A", "42"))
        assert new.names is names

    def test_nothing_that_is_shown_shows_an_original_or_a_secret(self):
        names = self.project(1)
        _all_of(names, SECRET[0], SECRET[1], SECRET[2])
        names.thing("visit", SECRET[3])
        who = Identity(SECRET[0], SECRET[1])
        shown = " ".join(f"{thing!r} {thing}" for thing in (names, alias(names, who), who, [names], {"names": names}))
        assert [word for word in SECRET if word in shown] == []
        assert re.search(r"b'|\\x|[0-9a-f]{16}", shown) is None


def _all_of(names: Names, issuer: str, number: str, uid: str) -> tuple:
    code, new_uid, thing = names.code(issuer, number), names.uid(uid), names.thing("visit", number)
    return code, new_uid, thing, names.shift_days(issuer, number)


def _canonical(issuer: str, number: str) -> tuple[str, str]:
    """Written apart from the code: what the world takes for one identifier."""

    def one(text: str) -> str:
        text = unicodedata.normalize("NFC", text.strip(" \0\t\r\n").upper())
        while text[:1] in tuple("0 \0\t\r\n") and text[1:]:
            text = text[1:]
        return text

    return one(issuer), one(number)
