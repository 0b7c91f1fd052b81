"""Which right a page of the desk needs, and what it says to somebody who lacks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, request

from service.domain.right import RIGHT_WORDS, ROLE_WORDS, Right, may, role_of, who_may

NEEDS, PROVES = "desk_needs", "desk_proves"
# Who does such a thing shows first that it is they, and not somebody at a screen that was left open.
_PROVED = {Right.EXPORT, Right.ERASE, Right.PEOPLE}
View = TypeVar("View", bound=Callable[..., Any])


def need(right: Right) -> Callable[[View], View]:
    """Declares, under the route decorator, the right that a view needs; the desk's guard holds it."""

    def declare(view: View) -> View:
        setattr(view, NEEDS, right)
        return view

    return declare


def prove(view: View) -> View:
    """Declares that the view wants a password or a code of the last minutes, whatever its right."""
    setattr(view, PROVES, True)
    return view


def wants_proof(endpoint: str, method: str) -> bool:
    """Exports whichever way they are asked for; of the rest, what changes something."""
    right = needed(endpoint, method)
    changes = method not in {"GET", "HEAD", "OPTIONS"}
    return (
        right is Right.EXPORT
        or (changes and right in _PROVED)
        or getattr(current_app.view_functions[endpoint], PROVES, False)
    )


def needed(endpoint: str, method: str) -> Right | None:
    """The view's right; SEE for a page that only shows and says nothing. None: nobody has said who may do it."""
    found: Right | None = getattr(current_app.view_functions[endpoint], NEEDS, None)
    return found or (Right.SEE if method in {"GET", "HEAD", "OPTIONS"} else None)


def lacked(role: str) -> Right | None:
    """The right that the request asks for and `role` does not have."""
    if request.endpoint is None:
        return None
    right = needed(request.endpoint, request.method)
    if right is None:
        raise LookupError(f"{request.endpoint} declares no right: put @need(Right.…) under its route")
    return None if may(role, right) else right


def refusal(role: str, right: Right) -> dict[str, str]:
    """What the page says: who you are, what was asked, who may."""
    names = [ROLE_WORDS[each] for each in who_may(right)]
    who = " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    return {"role": ROLE_WORDS[role_of(role)], "act": RIGHT_WORDS[right], "who": who}
