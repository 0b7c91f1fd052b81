"""What a mail to one of the clinic's people told of, for whoever has signed in and got it."""

from __future__ import annotations

from service.domain.news import News, When
from service.storage import news, users
from service.storage.news import Item
from service.storage.users import UserRow
from service.usecases.kit import Kit

MOST = 200


def show_news(kit: Kit, user: UserRow, token: str) -> list[Item] | None:
    """Newest first; None for a mail that is not theirs, or that was forgotten."""
    read = kit.links.read(token)
    if read is None or read[0] != "staff":
        return None
    with kit.db.read() as conn:
        if not news.is_letter_of(conn, read[1], user.id):
            return None
        return news.of_letter(conn, read[1], user.id, MOST)


def choose_news(kit: Kit, user: UserRow, chosen: dict[News, When]) -> None:
    with kit.db.write() as conn:
        users.choose_news(conn, user.id, {kind.value: when.value for kind, when in chosen.items()})
