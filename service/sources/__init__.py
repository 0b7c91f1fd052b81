"""Where sign-ups come from: one module a vendor, found by the vendor's name."""

from __future__ import annotations

from collections.abc import Mapping

from service.sources.hosted_form import HostedForm
from service.sources.standard_webhooks import StandardWebhooks
from service.sources.typeform import Typeform
from service.sources.vendor import Vendor

VENDORS: Mapping[str, Vendor] = {vendor.name: vendor for vendor in (StandardWebhooks(), Typeform(), HostedForm())}


def vendor_of(name: str) -> Vendor:
    """Raises ValueError for a name that is none, with those there are."""
    if name not in VENDORS:
        raise ValueError(f"there is no vendor '{name}'; choose one of {', '.join(sorted(VENDORS))}")
    return VENDORS[name]
