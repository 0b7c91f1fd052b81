"""What a writer puts into a mail from a list: blocks, and what differs from one reader or clinic to the next."""

from __future__ import annotations

BLOCKS = {
    "Heading": '<mj-text mj-class="h2"><h2>A heading</h2></mj-text>',
    "Paragraph": "<mj-text><p>A paragraph.</p></mj-text>",
    "List": '<mj-text mj-class="list"><ul>\n  <li>One thing.</li>\n  <li>Another.</li>\n</ul></mj-text>',
    "Button": '<mj-button href="{{ links.book }}">See open times</mj-button>',
    "Picture": '<mj-image src="{{ clinic.mark_url }}" alt="What it shows" width="120px" padding="0 0 18px" />',
    "Divider": "<mj-divider />",
    "Callout": '<mj-text><div class="flag"><h2>Please note</h2><p>What to heed.</p></div></mj-text>',
}
"""Each as MJML in the look of the layout."""
FIELDS = {
    "The reader": {
        "First name, or “there”": '{{ lead.first_name | default: "there" }}',
        "The day they signed up": "{{ consent.date }}",
    },
    "The clinic": {
        "Its name": "{{ clinic.name }}",
        "City": "{{ clinic.city }}",
        "Address": "{{ clinic.address }}",
        "Telephone": "{{ clinic.phone }}",
        "Who signs": "{{ practitioner.name }}",
        "Their title": "{{ practitioner.title }}",
        "Minutes of a first visit": "{{ visit.minutes }}",
    },
    "Links": {
        "Booking page": "{{ links.book }}",
        "This mail as a page": "{{ links.read }}",
        "Preferences": "{{ links.preferences }}",
        "Pause for 30 days": "{{ links.pause }}",
        "Keep a quarterly letter": "{{ links.stay }}",
    },
}
"""By group and plain name, as Liquid."""
VISIT_FIELDS = {
    "Day": "{{ appointment.day }}",
    "Time": "{{ appointment.time }}",
    "Practitioner": "{{ appointment.practitioner }}",
    "Move the visit": "{{ links.move }}",
    "Cancel the visit": "{{ links.cancel }}",
}
"""For the mails about a visit."""
