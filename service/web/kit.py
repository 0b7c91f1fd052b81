"""The use cases' kit of the running application."""

from __future__ import annotations

from typing import cast

from flask import current_app

from service.usecases.kit import Kit

KEY = "meridian"


def kit() -> Kit:
    return cast(Kit, current_app.extensions[KEY])
