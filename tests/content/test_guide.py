"""The guide to campaign files says only what the reader takes."""

import re

from service.content.campaign_file import parse_campaign
from tests.support.cast import mail_files
from tests.support.clinic import ROOT

BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


def test_the_guides_campaign_is_one() -> None:
    (text,) = BLOCK.findall((ROOT / "docs" / "campaigns.md").read_text("utf-8"))
    read = parse_campaign(text, mail_files("welcome", "plain", "story"), "docs/campaigns.md").definition
    assert list(read.steps)[:3] == ["welcome", "breathe", "tuesday"]
    assert read.loops
