"""Words of an emergency: found as people write them, in both languages, and not in what people usually write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.red_flags import LONGEST_LINE, MOST_LINES, SHIPPED, found_in, lines_of


@pytest.mark.parametrize(
    "text",
    [
        "Since yesterday I am numb between my legs",
        "NUMBNESS BETWEEN THE LEGS, is that normal?",
        "I can't hold urine any more",
        "I can’t hold my urine",
        "i cant hold pee since monday",
        "He could not pass any urine today",
        "I wet myself twice this week",
        "I have lost control of my bladder",
        "both legs are getting weaker every day",
        "My foot drops when I walk. What can I do",
        "there is a pain in my chest and I cannot breathe",
        "some days I just want to die",
        "I don't want to live like this",
        "Desde ayer tengo todo dormido entre las piernas",
        "no puedo aguantar la orina",
        "No controlo los esfinteres",
        "Me orino encima",
        "ya no quiero vivir así",
    ],
)
def test_words_of_an_emergency_are_found_as_people_write_them(text: str) -> None:
    assert found_in(text, SHIPPED.values()) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "My leg hurts when I sit, and my back is stiff in the morning.",
        "I am afraid of needles. Does it hurt?",
        "I can't come on Monday. Could we hold the visit on Tuesday?",
        "I cannot feel any difference yet. My legs are fine.",
        "Is there parking near the clinic, and can I bring my mother?",
        "No puedo ir el lunes. ¿Hay otra hora?",
        "Me duele la espalda desde hace dos años",
        "I want a visit. My cat will die of boredom without me.",
    ],
)
def test_what_people_usually_write_raises_no_alarm(text: str) -> None:
    assert found_in(text, SHIPPED.values()) is None


def test_a_phrase_is_found_within_a_sentence_and_not_across_two() -> None:
    assert found_in("It went numb. There was nothing between us. My legs are fine.", ["numb between legs"]) is None
    assert found_in("numb now and then between legs", ["numb between legs"]) == "numb between legs"
    assert found_in("numb one two three four between legs", ["numb between legs"]) is None


def test_a_clinics_own_list_is_tidied_and_its_faults_named_by_line() -> None:
    assert lines_of("  black   out \n\nblack out\nfaint*") == ("black out\nfaint*", {})
    assert list(lines_of("fever\nthe my\n" + "x" * (LONGEST_LINE + 1) + "\nfa*")[1]) == [2, 3, 4]
    assert lines_of("\n".join(f"word{number}" for number in range(MOST_LINES + 1)))[1]


@pytest.mark.parametrize("language", SHIPPED)
def test_each_shipped_phrase_is_in_order_and_finds_itself(language: str) -> None:
    tidy, faults = lines_of(SHIPPED[language])
    assert faults == {}
    for line in tidy.splitlines():
        assert found_in(line.replace("*", ""), [SHIPPED[language]]) is not None, line


@given(text=st.text(), listed=st.text())
def test_no_text_and_no_list_is_too_odd(text: str, listed: str) -> None:
    tidy, _faults = lines_of(listed)
    assert found_in(text, [tidy]) is None or tidy
