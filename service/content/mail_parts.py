"""A mail's two files as the parts that a person writes, and the parts as files again."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import unescape

_KEY = re.compile(r"([a-z]+):\s*(.*)")
_SPLIT = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_FIXED = ("service", "attach")
_BUTTON = re.compile(r"<mj-button\b[^>]*?href\s*=\s*\"([^\"]*)\"[^>]*>(.*?)</mj-button>", re.DOTALL)
_LINK = re.compile(r"<a\b[^>]*?href\s*=\s*\"([^\"]*)\"[^>]*>(.*?)</a>", re.DOTALL)
_TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class MailParts:
    """`front`: topic, signature, sources and claims, as lines of YAML. `fixed`: what decides to whom the mail may go,
    which is the campaign's and not the writer's."""

    subject: str
    preheader: str
    front: str
    body: str
    text: str
    fixed: tuple[str, ...] = ()


def parts_of(mjml_file: str, text_file: str) -> MailParts:
    """Whatever is wrong with the files, nothing of them is lost."""
    found = _SPLIT.match(mjml_file.replace("\r\n", "\n"))
    if found is None:
        return MailParts("", "", "", mjml_file, text_file)
    told: dict[str, str] = {}
    kept: list[str] = []
    fixed: list[str] = []
    for entry in _entries(found[1]):
        named = _KEY.match(entry)
        name = named[1] if named else ""
        if named and name in ("subject", "preheader") and name not in told:
            told[name] = _scalar(" ".join(entry[named.start(2) :].split()))
        else:
            (fixed if name in _FIXED else kept).append(entry)
    body = mjml_file.replace("\r\n", "\n")[found.end() :]
    front = "\n".join(kept)
    return MailParts(told.get("subject", ""), told.get("preheader", ""), front, body, text_file, tuple(fixed))


def files_of(parts: MailParts) -> tuple[str, str]:
    """The subject stands on the second line, the preheader on the third."""
    front = parts.front.replace("\r\n", "\n").strip("\n")
    lines = [
        "---",
        f"subject: {json.dumps(' '.join(parts.subject.split()), ensure_ascii=False)}",
        f"preheader: {json.dumps(' '.join(parts.preheader.split()), ensure_ascii=False)}",
        *([front] if front.strip() else []),
        *parts.fixed,
        "---",
    ]
    body = parts.body.replace("\r\n", "\n").rstrip("\n")
    return "\n".join([*lines, body]) + "\n", parts.text.replace("\r\n", "\n").strip("\n") + "\n"


def place_of(parts: MailParts, in_text: bool, line: int) -> str:
    """Where in the parts a line of their files stands, in words; empty for the mail as a whole."""
    if not line:
        return "the text part" if in_text else ""
    if in_text:
        return f"line {line} of the text part"
    if line in (2, 3):
        return "the subject" if line == 2 else "the preheader"
    front = parts.front.strip("\n")
    above = 4 + (len(front.split("\n")) if front.strip() else 0) + len(parts.fixed)
    return f"line {line - above} of the body" if line > above else f"line {line - 3} of sources and claims"


def plain_of(body: str) -> str:
    """The text part that says what the body says."""
    text = _BUTTON.sub(lambda made: f"\n\n{made[2].strip()}:\n{made[1]}\n\n", body)
    text = _LINK.sub(lambda made: f"{made[2]}: {made[1]}", text)
    text = re.sub(r"[ \t]*\n\s*", lambda gap: "\n\n" if gap[0].count("\n") > 1 else "\n", text)
    text = re.sub(r"<br\s*/?>\s*", "\n", text)
    text = re.sub(r"\s*<li\b[^>]*>\s*", "\n- ", text)
    text = re.sub(r"</(?:p|h1|h2|h3|mj-text|tr|div)>|<[uo]l\b[^>]*>", "\n\n", text)
    text = unescape(_TAG.sub("", text))
    lines = "\n".join(" ".join(line.split()) for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"


def _entries(front: str) -> list[str]:
    """A key's line with those that belong to it."""
    found: list[str] = []
    for line in front.split("\n"):
        if found and (not line.strip() or line[0] in " \t#-"):
            found[-1] += f"\n{line}"
        elif line.strip():
            found.append(line)
    return [entry.rstrip() for entry in found]


def _scalar(text: str) -> str:
    try:
        found = json.loads(text)
    except ValueError:
        return text[1:-1].replace("''", "'") if len(text) > 1 and text[0] == text[-1] == "'" else text
    return found if isinstance(found, str) else text
