"""The words that an honest, discreet mail watches: each list with what to do instead."""

from __future__ import annotations

import re
import unicodedata


def _any(*phrases: str) -> re.Pattern[str]:
    """Matches any phrase as whole words, over line ends too."""
    joined = "|".join(phrase.replace(" ?", r"\s*").replace(" ", r"\s+") for phrase in phrases)
    return re.compile(rf"(?<![\w-])(?:{joined})(?![\w-])", re.IGNORECASE)


GUARANTEES = _any(
    r"cur(?:e|es|ed|ing)", r"guarantee(?:s|d)?", r"proven", r"fda(?:-approved)?", r"no side effects?",
    r"without side effects?", r"(?:better|stronger|safer) than (?:your|any|most) \w+", r"miracle(?:s)?", r"risk-free",
    r"completely safe", r"100 ?(?:%|percent)", r"(?:instant|permanent|total) relief", r"pain-free", r"always works?",
    r"works for everyone", r"never fails?", r"stop taking your \w+", r"instead of your medic(?:ine|ines|ation)",
    r"cura(?:n|r|rá|mos|ción)?", r"garant(?:ía|iza|izan|izamos|izado|izada)", r"comprobad[oa]s?", r"milagros?",
    r"milagros[oa]s?", r"sin efectos secundarios", r"sin (?:ningún )?riesgos?", r"(?:total|completa)mente segur[oa]",
    r"100 ?(?:por ciento)", r"alivio (?:inmediato|permanente|total)", r"sin dolor", r"siempre funciona",
    r"funciona para todos", r"nunca falla", r"(?:mejor|más fuerte|más segur[oa]) que (?:su|cualquier) \w+",
    r"dej[ea] de tomar su[s]? \w+", r"en (?:lugar|vez) de su[s]? medic(?:ina|inas|amento|amentos)",
)  # fmt: skip
CLAIMS = _any(
    r"\d+(?:\.\d+)? ?(?:%|percent)", r"(?:studies|trials|reviews?|research|stud(?:y|ies)) (?:find|found|finds|show|"
    r"shows|showed|shown|suggest|suggests|suggested|confirm|confirms)", r"has been shown", r"(?:was|were) shown to",
    r"clinically", r"scientists", r"according to", r"randomi[sz]ed", r"endorphins?",
    r"(?:relieve|relieves|reduce|reduces|ease|eases|heal|heals|treats) (?:the |your )?(?:pain|inflammation|symptoms)",
    r"(?:improve|improves|increase|increases) (?:the |your )?(?:circulation|blood flow|mobility)",
    r"Harvard", r"Johns Hopkins", r"Cleveland Clinic", r"Mayo Clinic", r"NCCIH", r"Cochrane",
    r"\d+(?:[.,]\d+)? por ciento", r"(?:estudios?|ensayos?|investigaci(?:ón|ones)|revisi(?:ón|ones)) (?:halló|hallaron|"
    r"encontró|encontraron|muestran?|mostró|mostraron|sugieren?|sugirió|confirman?)", r"se ha demostrado",
    r"clínicamente", r"científic[oa]s", r"según", r"aleatori[oa]s?", r"aleatorizad[oa]s?", r"endorfinas?",
    r"(?:alivia|alivian|reduce|reducen|calma|calman|sana|sanan|trata|tratan) (?:el |su |la |los )?(?:dolor|inflamación|"
    r"síntomas)", r"(?:mejora|mejoran|aumenta|aumentan) (?:la |su |el )?(?:circulación|flujo sanguíneo|movilidad)",
)  # fmt: skip
HEALTH = _any(
    r"sciatic\w*", r"arthrit\w*", r"migraines?", r"headaches?", r"(?:low |lower |your |bad |my )?back ?(?:pain|ache)",
    r"(?:lower|low|bad|your|my) back", r"necks?", r"spin(?:e|al)", r"nerves?", r"discs?", r"hernia\w*", r"hips?",
    r"legs?", r"knees?", r"shoulders?", r"joints?", r"muscles?", r"buttocks?", r"stress", r"anxiety", r"depress\w*",
    r"insomnia", r"fertility", r"pregnan\w*", r"menopaus\w*", r"cancer\w*", r"diabet\w*", r"fibromyalgia", r"stenosis",
    r"inflammation", r"numbness", r"bladder", r"bowels?", r"symptoms?", r"diagnos\w*",
    r"ciátic\w*", r"ciatic\w*", r"artr[ií]ti\w*", r"artrosis", r"migrañas?", r"jaquecas?", r"dolor(?:es)?(?: de \w+)?",
    r"espaldas?", r"cuellos?", r"column(?:a|as)", r"nervi(?:o|os)", r"discos?", r"caderas?", r"piernas?", r"rodillas?",
    r"hombros?", r"articulaci(?:ón|ones)", r"músculos?", r"glúteos?", r"nalgas?", r"estrés", r"ansiedad", r"depresi\w*",
    r"insomnio", r"fertilidad", r"embaraz\w*", r"cáncer", r"fibromialgia", r"inflamaci(?:ón|ones)", r"adormecimiento",
    r"vejiga", r"intestinos?", r"síntomas?", r"diagnóstic\w*", r"lumbar(?:es)?", r"lumbago",
)  # fmt: skip
_STEM = 5
# They stand in most sentences here, so that they show no kinship.
_EVERYWHERE = frozenset(
    {"acupu", "treat", "healt", "clini", "needl", "visit", "medic", "cente", "trata", "aguja", "centr"}
)


def stems(text: str) -> set[str]:
    """The beginnings of the longer words, by which a sentence and a claim are compared."""
    plain = unicodedata.normalize("NFKD", text.lower())
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return {word[:_STEM] for word in re.findall(r"[a-z]{5,}", bare)} - _EVERYWHERE
