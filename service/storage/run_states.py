"""An enrollment's states as queries name them."""

from typing import Any

import sqlalchemy as sa

from service.domain.enrollment import EnrollmentState

ACTIVE: sa.ColumnElement[Any] = sa.literal_column("1")  # a literal, so that the partial index of due rows serves
RUNNING = (int(EnrollmentState.ACTIVE), int(EnrollmentState.PAUSED))
