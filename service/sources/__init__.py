"""Where sign-ups come from: one module a vendor, found by the vendor's name."""

from __future__ import annotations

from collections.abc import Mapping

from service.sources.elementor import Elementor
from service.sources.formspree import Formspree
from service.sources.generic import Generic
from service.sources.google_ads import GoogleAds
from service.sources.hosted_form import HostedForm
from service.sources.hubspot import HubSpot
from service.sources.jotform import Jotform
from service.sources.netlify import Netlify
from service.sources.standard_webhooks import StandardWebhooks
from service.sources.tally import Tally
from service.sources.typeform import Typeform
from service.sources.vendor import Vendor
from service.sources.webflow import Webflow
from service.sources.wix import Wix
from service.sources.wordpress import ContactForm7, GravityForms, WPForms

_EVERY: tuple[Vendor, ...] = (
    *(HostedForm(), Elementor(), WPForms(), GravityForms(), ContactForm7(), Jotform(), Typeform(), Tally(), Webflow()),
    *(Wix(), Formspree(), Netlify(), GoogleAds(), HubSpot(), StandardWebhooks(), Generic()),
)
VENDORS: Mapping[str, Vendor] = {vendor.name: vendor for vendor in _EVERY}


def vendor_of(name: str) -> Vendor:
    """Raises ValueError for a name that is none, with those there are."""
    if name not in VENDORS:
        raise ValueError(f"there is no vendor '{name}'; choose one of {', '.join(sorted(VENDORS))}")
    return VENDORS[name]
