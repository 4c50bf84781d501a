"""Owns the contexts in which a speaker says who it is or who made it, in Spanish, Portuguese, French, Italian, German.

They see text folded as `claims` does: small letters without accents, "ss" for "ß".
"""

import re

_ANY = r"[^.!?\n]"
_FILLER = (
    r"(?:[\s,:;\"'«„(\-–—]|\b(?:un[aeo]?|uma?|el|l[aeo]s?|il|o|os|d[aeiou]|del|des|dell[ao]|d|l|ein(?:e[nrs]?)?|der|die|das|"
    r"vo[nm]|por|pel[ao]|par|da[ls]?|dall[ao]|y|e|et|und|tambien|tambem|aussi|auch|model[eol]+|(?:sprach)?modell|ki|ia|ai|"
    r"lenguaje|linguagem|langage|langue|linguaggio|lingua|grande?|gross(?:es)?|intelig\w+|intellig\w+|artifi[ck]i\w+|"
    r"asistente|assistente?|assistant|virtual\w*|virtuel\w*|llamad[ao]|chamad[ao]|chiamat[ao]|nomme|appele|namens|genannt|"
    r"empresa|compania|societe|entreprise|azienda|societa|firma|equipo|equipe|team|familia|famille|famiglia)\b|▒)*$"
)
_OPENING = r"(?:^|[.!?¡¿\n\"«(]|\b(?:hola|ola|ciao|salve|yo|io|eu|si|claro|certo),?\s)\s*"
_I_AM = (
    rf"(?:{_OPENING}(?:soy|sono|sou)|\b(?:je\s+suis|ich\s+bin|me\s+llamo|me\s+chamo|chamo-me|je\s+m'appelle|mi\s+chiamo|"
    r"ich\s+heisse|(?:mi\s+nombre\s+es|meu\s+nome\s+e|mon\s+nom\s+est|mio\s+nome\s+e|mein\s+name\s+ist)))\b"
)
_I_WAS = (
    rf"(?:{_I_AM}|\b(?:fui|he\s+sido|j'ai\s+ete|sono\s+stat[ao]|(?:como|como\s+um|en\s+tant\s+que|come)\s+(?:una?\s+)?"
    r"(?:modelo|modele|modello|ia|assistente?|asistente|assistant))\b)"
)
_MADE = (
    r"\b(?:(?:cread|criad|desarrollad|desenvolvid|entrenad|treinad|disenad|projetad|construid|hech|feit|lanzad|lancad|creat|"
    r"sviluppat|addestrat|progettat|realizzat)[aeio]s?|(?:cree|developpe|entraine|concu|lance|forme)e?s?)"
)
_NO_OTHER_SUBJECT = rf"(?:(?!\b(?:es|fue|era|foi|est|etait|ist|war|wurde|que\s+fueron)\b){_ANY}){{0,100}}?"
_BY = rf"{_MADE}\s+(?:por|pel[ao]s?|par|chez|da|dal|dall[ao]|dall'){_FILLER}"

_SELF = re.compile(
    "|".join(
        (
            rf"{_I_AM}{_FILLER}",
            rf"{_I_WAS}{_NO_OTHER_SUBJECT}{_BY}",
            rf"\bich\s+wurde\s(?:\w+\s+){{0,3}}?(?:von|bei)\b{_FILLER}",
            rf"\bich\s+bin\b{_ANY}{{0,40}}?(?:modell|\bki|assistent|chatbot)\b{_ANY}{{0,40}}?\bvon\b{_FILLER}",
        )
    )
)


def speaks_of_itself(before: str) -> bool:
    """Whether whoever wrote `before` goes on to name itself or its maker."""
    return _SELF.search(before) is not None
