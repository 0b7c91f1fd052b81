"""The fake SendGrid that judges everything else is judged here: it refuses what SendGrid refuses, and its log is like
the one described by SendGrid's own document, wherever that lies beside the checkout."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen  # noqa: TID251 - asks the fake on loopback as a stranger would

import jsonschema
import pytest

from service.delivery.provider import no_probe
from service.delivery.sendgrid import SendGridProvider
from service.delivery.sendgrid_request import body
from tests.support.clock import NOW
from tests.support.fake_log import BadQuery, search
from tests.support.fake_sendgrid import FakeSendGrid
from tests.support.letters import batch
from tests.support.mail_send import THEIRS

LOGS = THEIRS.parent / "tsg_logs_v3.json"


def ask(fake: FakeSendGrid, path: str, request: dict[str, Any] | None = None) -> tuple[int, Any]:
    data = None if request is None else json.dumps(request).encode()
    try:
        with urlopen(Request(fake.url + path, data, {"Content-Type": "application/json"})) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def sent(fake: FakeSendGrid, letters: int = 3) -> None:
    SendGridProvider("SG.test", fake.url).send(batch(letters), NOW, no_probe)


def test_a_request_that_breaks_a_rule_of_mail_send_fails_its_test() -> None:
    request = body(batch(1), [0])
    with pytest.raises(AssertionError, match="would not have it"), FakeSendGrid() as fake:
        ask(fake, "/v3/mail/send", request | {"personalizations": []})


def test_the_log_finds_a_mail_by_its_address_and_tells_its_argument() -> None:
    with FakeSendGrid(log="up") as fake:
        sent(fake)
        query = "to_email = 'person1@example.org' AND sg_message_id_created_at >= TIMESTAMP \"2026-11-24T00:00:00Z\""
        code, found = ask(fake, "/v3/logs", {"query": query, "limit": 10})
        (mail,) = found["messages"]
        assert (code, mail["sg_message_id"]) == (200, "fake-1.recvd-fake.1")
        code, told = ask(fake, f"/v3/logs/{mail['sg_message_id']}")
        assert told["custom_args"] == {"meridian_ref": f"{1:032x}"}
        assert ask(fake, "/v3/logs/nothing")[0] == 404


def test_the_log_shows_ten_unless_asked_for_more_and_none_of_another_day() -> None:
    with FakeSendGrid(log="up") as fake:
        sent(fake, 12)
        assert len(ask(fake, "/v3/logs", {"query": "status IN ('processed')"})[1]["messages"]) == 10
        assert len(ask(fake, "/v3/logs", {"query": "", "limit": 1000})[1]["messages"]) == 12
        late = 'sg_message_id_created_at > TIMESTAMP "2026-11-25T00:00:00Z"'
        assert ask(fake, "/v3/logs", {"query": late})[1]["messages"] == []


@pytest.mark.parametrize(
    "query",
    [
        "custom_args = 'x'",
        "to_email > 'x'",
        "to_email = 'x' OR subject = 'y'",
        "to_email = 'x' AND",
        "status = 'processed'",
        "status IN ('sent')",
        "sg_message_id_created_at > '2026-11-25'",
        "sg_message_id_created_at > TIMESTAMP '2026-11-25'",
    ],
)
def test_the_log_reads_no_other_query_than_is_allowed(query: str) -> None:
    with pytest.raises(BadQuery):
        search([], {"query": query})


def test_a_plan_without_a_log_says_so() -> None:
    with FakeSendGrid(log="none") as fake:
        assert ask(fake, "/v3/logs", {"query": ""})[0] == 403
        fake.log = "down"
        assert ask(fake, "/v3/logs", {"query": ""})[0] == 500
        assert len(fake.asked) == 2


if LOGS.exists():

    def _theirs(name: str) -> jsonschema.Draft202012Validator:
        document = json.loads(LOGS.read_text())
        return jsonschema.Draft202012Validator(
            {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        )

    def test_the_log_speaks_as_sendgrid_s_own_document_says() -> None:
        with FakeSendGrid(log="up") as fake:
            sent(fake)
            found = ask(fake, "/v3/logs", {"query": ""})[1]
            _theirs("EmailLogsGetMessagesByFilterResponse").validate(found)
            told = ask(fake, f"/v3/logs/{found['messages'][0]['sg_message_id']}")[1]
            _theirs("EmailLogsGetMessageByIdResponse").validate(told)
            fake.log = "none"
            _theirs("ErrorResponse").validate(ask(fake, "/v3/logs", {"query": ""})[1])
