"""The mails to the clinic's own people: a link and nothing else, so that they tell nobody anything."""

from __future__ import annotations

from html import escape

from service.domain.mail import TOKEN, Pattern, Shape

_SUBJECT = {"invite": "Your way in to the desk", "reset": "Your new password", "news": "News at the desk"}
_LEAD = {
    "invite": "A place at the clinic’s desk was made for you. Open this link and choose a password.",
    "news": "Something new waits for you at the clinic’s desk. This link shows what it is, once you have signed in.",
    "reset": "Somebody asked for a new password for your account at the clinic’s desk. Open this link to choose it.",
}
_END = {
    "invite": "The link works once, for seven days. If you did not expect it, you need do nothing.",
    "news": "Which news you get by mail, and when, is yours to choose: under your name at the desk.",
    "reset": "The link works once, for an hour. If it was not you, you need do nothing: your password stays as it is.",
}


def staff_shape(kind: str, base: str) -> Shape:
    """`base` + token is the link."""
    lead, end, at = _LEAD[kind], _END[kind], escape(base)
    head = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>'
        f'{_SUBJECT[kind]}</title></head><body style="margin:0;padding:24px;font:16px/1.5 sans-serif;color:#1c2524">'
        f'<p style="max-width:34em">{lead}</p><p><a href="{at}'
    )
    middle = '" style="display:inline-block;padding:12px 20px;border-radius:8px;background:#0f6b66;color:#ffffff">'
    return Shape(
        f"staff {kind} {base}",
        Pattern((_SUBJECT[kind],)),
        Pattern((head, f'{middle}Open the desk</a></p><p style="max-width:34em">{end}</p></body></html>'), (TOKEN,)),
        Pattern((f"{lead}\n\n{base}", f"\n\n{end}\n"), (TOKEN,)),
    )
