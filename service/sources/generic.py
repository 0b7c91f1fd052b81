"""Anything that can post: JSON, a form, or a form in parts (Zapier, Make, own code)."""

from __future__ import annotations

from service.sources.form_vendor import KeyVendor


class Generic(KeyVendor):
    name, title = "generic", "Anything else (Zapier, Make, own code)"
    id_names = ("id", "submission_id", "lead_id", "event_id")
    steps = (
        "Post JSON or a form to this address; it is the secret: show it to nobody, and keep it out of web pages.",
        "With a secret set here, send it in the header X-Webhook-Secret: posts without it are turned away.",
        "Fields may be named email, first_name, last_name, phone, interest, consent, message; explain others below.",
        "Give each post an id of its own (“id”): then a repeated one counts once.",
    )
