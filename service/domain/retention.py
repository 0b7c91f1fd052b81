"""How long what is no longer needed is kept: seconds. docs/operations.md tells them to the clinic."""

from __future__ import annotations

from service.domain.consent import CONFIRM_WITHIN
from service.domain.timing import DAY

REPORTS = 90 * DAY  # the provider's events, once they are applied
BODIES = 180 * DAY  # what a form or a mail said, once it is read or refused; the row stays
LISTS = 30 * DAY  # a file of people that was brought; what became of them stands with them
CALLS = 90 * DAY  # a webhook of a campaign that was called, or given up
REFUSALS = 730 * DAY  # why a mail did not leave
STAFF_LINKS = 30 * DAY  # a link for one of the clinic's people, once it is over
AUDITS = 6 * 365 * DAY  # who changed what and who looked at answers: as long as such a record can be asked for
UNCONFIRMED = CONFIRM_WITHIN  # a request whose address nobody confirmed
UNANSWERED = 30 * DAY  # the same, while somebody here still owes them an answer
