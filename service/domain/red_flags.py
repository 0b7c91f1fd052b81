"""Words of an emergency in what somebody writes: found, never judged. A person looks, and calls.

The signs are those of the article on sciatica (new bladder or bowel trouble, numbness between the legs, weakness that
grows) and what no clinic may leave lying until tomorrow: the chest, the breath, a stroke, the wish to die.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache

MOST_LINES, LONGEST_LINE = 200, 80
BETWEEN = 3  # other words that may stand between two of a phrase
SHIPPED: Mapping[str, str] = {
    "en": """
numb* between leg*
numb* groin
numb* genital*
numb* saddle
numb* buttocks
no feeling between leg*
cannot feel leg*
cannot hold urine
cannot hold pee
cannot hold stool*
cannot control bladder
cannot control bowel*
cannot pee
cannot urinat*
cannot pass urine
lost control bladder
lost control bowel*
loss control bladder
loss control bowel*
wet* myself
soil* myself
incontinen*
leg* getting weaker
leg* gave way
leg* give* way
foot drop*
cannot move leg*
cannot lift foot
paraly*
chest pain
pain chest
cannot breathe
short* breath
face droop*
slurred speech
suicid*
kill myself
end my life
want die
not want live
""",
    "es": """
dormid* entre piernas
adormec* entre piernas
entumec* entre piernas
dormid* ingle
adormec* ingle
adormec* genital*
no siento piernas
no siento entre piernas
no puedo orinar
no puedo aguantar orina
no aguanto orina
no controlo orina
no controlo esfínter*
no puedo controlar esfínter*
no puedo contener orina
perdí control vejiga
me orino encima
me hago encima
incontinen*
no puedo mover pierna*
no puedo levantar pie
pierna* cada vez más débil*
me fallan piernas
paraliz*
dolor pecho
no puedo respirar
falta aire
cara caída
suicid*
matarme
quitarme vida
quiero morir*
no quiero vivir
""",
}
"""By language: a phrase a line. A `*` stands for any ending; other words may stand between."""
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*\*?")
_END = re.compile(r"[.!?;\n]+")
_CANNOT = re.compile(r"\b(?:can't|cant|can not|could not|couldn't|couldnt|unable to|not able to)\b")
_NOT = re.compile(r"\b(?:don't|dont|do not|doesn't|does not|no longer)\b")
_SMALL = frozenset(("a", "an", "the", "my", "his", "her", "their", "our", "to", "of", "in", "both", "any"))
_SMALL_ES = frozenset(("el", "la", "los", "las", "mi", "mis", "un", "una", "de", "del", "en", "al", "lo"))


def found_in(text: str, lists: Iterable[str]) -> str | None:
    """The first phrase of the lists that the text holds, as it stands in the list; None: none of them."""
    sentences = [words for part in _END.split(_folded(text)) if (words := _words(part))]
    for listed in lists:
        for phrase, wanted in _phrases(listed):
            if any(_holds(words, wanted) for words in sentences):
                return phrase
    return None


def lines_of(text: str) -> tuple[str, dict[int, str]]:
    """A clinic's own list, tidied, and what is wrong by line from 1."""
    faults: dict[int, str] = {}
    kept: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        phrase = " ".join(line.split())
        if not phrase:
            continue
        if len(phrase) > LONGEST_LINE:
            faults[number] = f"Write at most {LONGEST_LINE} characters a line."
        elif not _words(_folded(phrase)):
            faults[number] = "Write at least one word that means something by itself."
        elif any(len(word.rstrip("*")) < 3 for word in _words(_folded(phrase)) if word.endswith("*")):
            faults[number] = "Write at least three letters before a *."
        kept.append(phrase)
    if len(kept) > MOST_LINES:
        faults[MOST_LINES + 1] = f"Keep at most {MOST_LINES} lines."
    return "\n".join(dict.fromkeys(kept)), faults


@cache
def _phrases(listed: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    lines = [" ".join(line.split()) for line in listed.splitlines()]
    return tuple((line, wanted) for line in lines if line and (wanted := tuple(_words(_folded(line)))))


def _folded(text: str) -> str:
    """Small letters without accents, `cannot` and `not` in one spelling."""
    small = text.casefold().replace("\u2019", "'").replace("\u2018", "'")
    bare = "".join(each for each in unicodedata.normalize("NFD", small) if not unicodedata.combining(each))
    return _NOT.sub("not", _CANNOT.sub("cannot", bare))


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text) if word not in _SMALL and word not in _SMALL_ES]


def _holds(words: list[str], wanted: tuple[str, ...]) -> bool:
    """The wanted words in their order, with at most BETWEEN others between two."""
    reached = {-1}
    for number, want in enumerate(wanted):
        reach = range(len(words)) if number == 0 else None
        nearby = reach or sorted({place for at in reached for place in range(at + 1, at + 2 + BETWEEN)})
        reached = {place for place in nearby if place < len(words) and _is(words[place], want)}
        if not reached:
            return False
    return True


def _is(word: str, want: str) -> bool:
    return word.startswith(want[:-1]) if want.endswith("*") else word == want
