"""A series with a split, deeds, a jump and an end, published, with people who went its ways."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from service.content.campaign_file import shipped
from service.domain.enrollment import EnrollmentState
from service.storage import campaigns, choices
from service.storage.tables import enrollment
from service.usecases.enroll import Occasion, enter_many
from service.usecases.kit import Kit
from service.usecases.publish_campaign import CAMPAIGNS, TEMPLATES, publish

KEY = "tried"
SOURCE = """key: tried
name: Two ways to ask
entry: {on: tag, tag: curious}
goal: booked
window: {days: [mon, tue, wed, thu, fri, sat], from: "09:00", to: "18:00"}
steps:
  - {key: welcome, mail: welcome, delay: 1d}
  - key: asked
    split:
      holdout: 10
      variants:
        - label: A
          share: 50
          steps:
            - {key: causes, mail: causes, delay: 2d}
        - label: B
          share: 50
          steps:
            - {key: marked, tag: got the long one}
            - {key: evidence, mail: evidence, delay: 2d}
  - {key: quiet, wait: {until: "10:00", days: [tue, wed]}}
  - {key: rest, wait: 1d}
  - {key: told, tell: Please call about the price, as: call}
  - {key: again, jump: quiet, at_most: 2}
  - {key: over, end: true}
"""


def publish_split(kit: Kit, clinic_id: int) -> None:
    mails = shipped(CAMPAIGNS, TEMPLATES)["sciatica-consultation"].mails
    used = {name: mails[name] for name in ("welcome", "causes", "evidence")}
    with kit.db.write() as conn:
        publish(conn, clinic_id, SOURCE, used, kit.clock(), filename="tried.yaml")


def went(kit: Kit, clinic_id: int, label: str, lead_ids: Sequence[int], reached: int) -> None:
    """They entered and were led this way of the split; the first `reached` of them booked since."""
    now = kit.clock()
    with kit.db.write() as conn:
        row = campaigns.by_key(conn, clinic_id, KEY)
        assert row is not None
        definition = kit.library.version(conn, row.version_id).definition
        made = enter_many(conn, row, definition, lead_ids, Occasion("tag", what="curious"), now).made
        assert len(made) == len(lead_ids)
        common = {"step": "asked", "clinic_id": clinic_id, "campaign_id": row.id, "label": label, "at": now}
        choices.add_many(conn, [{**common, "enrollment_id": run, "lead_id": lead} for lead, run in made.items()])
        over = [made[lead_id] for lead_id in lead_ids[:reached]]
        conn.execute(
            sa.update(enrollment)
            .where(enrollment.c.id.in_(over))
            .values(state=int(EnrollmentState.EXITED), reason="goal-met", ended_at=now)
        )
