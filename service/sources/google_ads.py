"""Google Ads' lead form: columns with a shared key in the body; its own test is marked as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.domain.form_meaning import Field, Form
from service.domain.signup import Unreadable, clean
from service.sources.form_vendor import FormVendor
from service.sources.vendor import json_object, same

_KINDS = {
    "FULL_NAME": "name",
    "FIRST_NAME": "first-name",
    "LAST_NAME": "last-name",
    "EMAIL": "email",
    "WORK_EMAIL": "email",
    "PHONE_NUMBER": "phone",
    "WORK_PHONE": "phone",
}


class GoogleAds(FormVendor):
    name, title = "google-ads", "Google Ads lead form"
    asks_for = "Webhook key"
    id_names = ("lead_id",)
    steps = (
        "In Google Ads, open the lead form asset, then “Export leads” › Other data integration options.",
        "Paste this address as the webhook URL, make up a key, and paste the same key here.",
        "“Send test data” shows up in the inbox as a test and makes no lead.",
        "Google asks nobody whether they want mails: say below what people agree to on your form, or they get none.",
    )

    def verify(self, raw: bytes, headers: Mapping[str, str], secret: str | None, now: int) -> bool:
        try:
            given = json_object(raw).get("google_key")
        except Unreadable:
            return False
        return bool(secret) and isinstance(given, str) and same((secret or "").encode(), given)

    def form(self, raw: bytes, content_type: str) -> Form:
        body = json_object(raw)
        listed = body.get("user_column_data")
        if not isinstance(listed, list):
            raise Unreadable("It holds no user_column_data. Point the lead form's webhook here, no other one.")
        columns = tuple(_column(each) for each in listed[:200] if isinstance(each, dict))
        return Form(columns, test=body.get("is_test") is True)


def _column(each: Mapping[str, Any]) -> Field:
    key, label = clean(each.get("column_id")) or "", clean(each.get("column_name")) or ""
    return Field(key or label, each.get("string_value"), label or key, _KINDS.get(key, ""))
