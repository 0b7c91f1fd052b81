"""Jotform's webhook: a form in parts, with the answers as JSON in one of them. It signs nothing."""

from __future__ import annotations

import orjson

from service.domain.form_meaning import Form
from service.domain.signup import Unreadable
from service.sources.bodies import flat, named_values
from service.sources.form_vendor import KeyVendor

_OWN = frozenset(
    {
        *("slug", "event_id", "path", "jsExecutionTracker", "submitSource", "buildDate", "uploadServerUrl"),
        *("eventObserver", "validatedNewRequiredFieldIDs", "timeToSubmit", "preview", "temp_upload"),
    }
)


class Jotform(KeyVendor):
    name, title = "jotform", "Jotform"
    id_names = ("submissionID",)
    steps = (
        "In Jotform, open the form, then Settings › Integrations › Webhooks, and paste this address.",
        "Give the question about mails the unique name “consent”: field › gear › Advanced › Field details.",
    )

    def form(self, raw: bytes, content_type: str) -> Form:
        try:
            said = orjson.loads(named_values(raw, content_type).get("rawRequest") or b"")
        except (orjson.JSONDecodeError, TypeError):
            said = None
        if not isinstance(said, dict):
            raise Unreadable("It holds no rawRequest. Point Jotform's webhook here, no other one.")
        return Form(flat({name: value for name, value in said.items() if name not in _OWN}))
