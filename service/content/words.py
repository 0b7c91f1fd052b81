"""The words that an honest, discreet mail watches: each list with what to do instead."""

from __future__ import annotations

import re


def _any(*phrases: str) -> re.Pattern[str]:
    """Matches any phrase as whole words, over line ends too."""
    joined = "|".join(phrase.replace(" ?", r"\s*").replace(" ", r"\s+") for phrase in phrases)
    return re.compile(rf"(?<![\w-])(?:{joined})(?![\w-])", re.IGNORECASE)


GUARANTEES = _any(
    r"cur(?:e|es|ed|ing)", r"guarantee(?:s|d)?", r"proven", r"fda(?:-approved)?", r"no side effects?",
    r"without side effects?", r"(?:better|stronger|safer) than (?:your|any|most) \w+", r"miracle(?:s)?", r"risk-free",
    r"completely safe", r"100 ?(?:%|percent)", r"(?:instant|permanent|total) relief", r"pain-free", r"always works?",
    r"works for everyone", r"never fails?", r"stop taking your \w+", r"instead of your medic(?:ine|ines|ation)",
)  # fmt: skip
CLAIMS = _any(
    r"\d+(?:\.\d+)? ?(?:%|percent)", r"(?:studies|trials|reviews?|research|stud(?:y|ies)) (?:find|found|finds|show|"
    r"shows|showed|shown|suggest|suggests|suggested|confirm|confirms)", r"has been shown", r"(?:was|were) shown to",
    r"clinically", r"scientists", r"according to", r"randomi[sz]ed", r"endorphins?",
    r"(?:relieve|relieves|reduce|reduces|ease|eases|heal|heals|treats) (?:the |your )?(?:pain|inflammation|symptoms)",
    r"(?:improve|improves|increase|increases) (?:the |your )?(?:circulation|blood flow|mobility)",
    r"Harvard", r"Johns Hopkins", r"Cleveland Clinic", r"Mayo Clinic", r"NCCIH", r"Cochrane",
)  # fmt: skip
HEALTH = _any(
    r"sciatic\w*", r"arthrit\w*", r"migraines?", r"headaches?", r"(?:low |lower |your |bad |my )?back ?(?:pain|ache)",
    r"(?:lower|low|bad|your|my) back", r"necks?", r"spin(?:e|al)", r"nerves?", r"discs?", r"hernia\w*", r"hips?",
    r"legs?", r"knees?", r"shoulders?", r"joints?", r"muscles?", r"buttocks?", r"stress", r"anxiety", r"depress\w*",
    r"insomnia", r"fertility", r"pregnan\w*", r"menopaus\w*", r"cancer\w*", r"diabet\w*", r"fibromyalgia", r"stenosis",
    r"inflammation", r"numbness", r"bladder", r"bowels?", r"symptoms?", r"diagnos\w*",
)  # fmt: skip
_STEM = 5
# They stand in most sentences here, so that they show no kinship.
_EVERYWHERE = frozenset({"acupu", "treat", "healt", "clini", "needl", "visit", "medic", "cente"})


def stems(text: str) -> set[str]:
    """The beginnings of the longer words, by which a sentence and a claim are compared."""
    return {word[:_STEM] for word in re.findall(r"[a-z]{5,}", text.lower())} - _EVERYWHERE
