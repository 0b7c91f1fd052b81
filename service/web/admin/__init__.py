"""The manager's desk, one module a room. Importing a room adds its pages to the blueprint."""

from __future__ import annotations

from service.web.admin import (
    access,
    appointments,
    campaign,
    campaigns,
    desk,
    forecast,
    home,
    inbox,
    lead,
    lead_by_token,
    leads,
    letters,
    review,
    sending,
    settings,
    settings_hooks,
    settings_sources,
    settings_staff,
    tasks,
)

ROOMS = (
    access, home, forecast, leads, lead, campaigns, campaign, letters, appointments, inbox, settings, settings_sources,
    settings_staff, settings_hooks, lead_by_token, review, sending, tasks,
)  # fmt: skip
blueprint, prepare = desk.blueprint, desk.prepare
