"""Acts on many people at once, and what they do to whom, in plain words."""

from __future__ import annotations

from service.domain import words

ACTS = {
    "pause": "Pause their mails for 30 days",
    "resume": "End their pause",
    "tag": "Give them a tag",
    "untag": "Take a tag off",
    "enroll": "Enter them into a series",
    "stop": "Stop their mails",
}
DONE = {
    "pause": "Paused",
    "resume": "Pause ended",
    "tag": "Tagged",
    "untag": "Tag taken off",
    "enroll": "Entered",
    "stop": "Stopped",
}
# What changes, and why something does not.
CHANGES = {
    "paused": "no mails of a series for 30 days; each series goes on after that from where it stands",
    "resumed": "mails go on from where they stood",
    "tagged": "the tag is put on",
    "untagged": "the tag is taken off",
    "entered": "entered into the series",
    "stopped": "nothing but mail about a visit from now on; only they can take it back",
}
SAME = {
    "paused-already": "paused already",
    "asked-to-stop": "asked us to stop, so there is nothing to pause",
    "not-paused": "not paused",
    "tagged-already": "tagged so already",
    "no-tag": "without this tag already",
    "stopped-already": "stopped already",
    "gone": "not here any more",
}


def fate_words(fate: str) -> str:
    """What is said after a number of people."""
    return CHANGES.get(fate) or SAME.get(fate) or f"left as they are, because {words.REASONS.get(fate, fate)}"
