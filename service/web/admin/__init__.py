"""The manager's desk, one module a room. Importing a room adds its pages to the blueprint."""

from __future__ import annotations

from service.web.admin import (
    access,
    appointments,
    brake,
    campaign,
    campaigns,
    desk,
    forecast,
    home,
    inbox,
    inbox_mails,
    lead,
    lead_by_token,
    lead_marks,
    leads,
    letters,
    publish,
    review,
    segments,
    sending,
    settings,
    settings_days,
    settings_deliverability,
    settings_hooks,
    settings_scores,
    settings_sources,
    settings_staff,
    tasks,
)

ROOMS = (
    access, home, forecast, leads, lead, campaigns, campaign, letters, appointments, inbox, inbox_mails, settings,
    settings_sources, settings_staff, settings_hooks, settings_days, settings_scores, segments, lead_marks,
    lead_by_token, review, publish, sending, tasks, brake,
    settings_deliverability,
)  # fmt: skip
blueprint, prepare = desk.blueprint, desk.prepare
