"""How a clinic's campaign differs from the file that ships, its mails among it."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff

from service.content.campaign_file import ShippedCampaign, shipped
from service.usecases.export_campaign import Exported, export_campaign
from service.usecases.kit import Kit
from service.usecases.publish_campaign import CAMPAIGNS, TEMPLATES


class NothingToCompare(LookupError):
    """Says which of the two is not there."""


def diff_campaign(kit: Kit, clinic_id: int, key: str) -> str:
    """A unified diff from the clinic's version to the shipped files; empty where they are equal. Raises
    NothingToCompare."""
    ours, theirs = export_campaign(kit, clinic_id, key), shipped(CAMPAIGNS, TEMPLATES).get(key)
    if ours is None:
        raise NothingToCompare(f"no campaign '{key}' is published; `campaigns list` shows those that are")
    if theirs is None:
        raise NothingToCompare(f"no campaign '{key}' ships with Meridian; there is nothing to compare it with")
    return "".join(_differences(ours, theirs))


def _differences(ours: Exported, theirs: ShippedCampaign) -> Iterator[str]:
    yield from _of_file(f"{ours.key}.yaml", ours.version, ours.text, theirs.text)
    for name in sorted(ours.mails.keys() | theirs.mails.keys()):
        before, after = ours.mails.get(name, ("", "")), theirs.mails.get(name, ("", ""))
        for ending, one, other in zip(("mjml", "txt"), before, after, strict=True):
            yield from _of_file(f"{ours.key}/{name}.{ending}", ours.version, one, other)


def _of_file(name: str, version: int, ours: str, theirs: str) -> Iterator[str]:
    lines = unified_diff(
        ours.splitlines(keepends=True),
        theirs.splitlines(keepends=True),
        f"{name} (version {version})",
        f"{name} (shipped)",
    )
    return (line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
