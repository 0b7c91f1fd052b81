"""DKIM signatures (RFC 6376) of our own, for a relay that signs nothing. Most relays sign; then leave this unset.

The canonical form is dkimpy's; the RSA is cryptography's, a dozen times as fast as dkimpy's own."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from dkim import rfc822_parse
from dkim.canonicalization import CanonicalizationPolicy

from service.delivery.mime import Sign

FEWEST_BITS = 1_024
MADE_BY = "openssl genrsa -out dkim.pem 2048"
_SELECTOR = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_NAMES = ("from", "to", "subject", "reply-to", "date", "message-id", "mime-version", "content-type")
_LIST = ("list-unsubscribe", "list-unsubscribe-post", "list-id")
# Named once more than they stand in a mail: one that is added on the way breaks the signature.
_NO_MORE = ("from", "to", "subject", "list-unsubscribe", "list-unsubscribe-post")
_RELAXED = CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")


def signer(key: Path, selector: str) -> Sign:
    """Signs for the sender's own domain. Raises ValueError that says what to mend."""
    if not _SELECTOR.fullmatch(selector):
        raise ValueError("MERIDIAN_DKIM_SELECTOR is the name before ._domainkey in your DNS record, for example 'mail'")
    private = _private(key)

    def sign(message: bytes, domain: str) -> bytes:
        try:
            name = domain.encode("idna").decode()
        except UnicodeError:
            return b""  # no name that DNS could hold a key under
        headers, body = rfc822_parse(message)
        unsigned = _header(name, selector, _digest(body))
        signature = private.sign(_signed(headers, unsigned), PKCS1v15(), SHA256())
        return b"DKIM-Signature:" + unsigned + _folded(b64encode(signature)) + b"\r\n"

    return sign


def _header(domain: str, selector: str, digest: bytes) -> bytes:
    """The value up to the signature itself."""
    names = ":".join((*_NAMES, *_LIST))
    lines = (
        f" v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain};",
        f" s={selector};",
        f" h={names}:",
        f"  {':'.join(_NO_MORE)};",
        f" bh={digest.decode()};",
        " b=",
    )
    return "\r\n".join(lines).encode()


def _digest(body: bytes) -> bytes:
    return b64encode(sha256(_RELAXED.canonicalize_body(body)).digest())


def _signed(headers: list[tuple[bytes, bytes]], unsigned: bytes) -> bytes:
    """The octets that are signed: each header that is named and there, then the signature's own without its value."""
    canonical: dict[bytes, bytes] = dict(_RELAXED.canonicalize_headers([*headers, (b"dkim-signature", unsigned)]))
    named = [name.encode() for name in (*_NAMES, *_LIST)]
    lines = [name + b":" + canonical[name] for name in named if name in canonical]
    return b"".join(lines) + b"dkim-signature:" + canonical[b"dkim-signature"].rstrip(b"\r\n")


def _folded(signature: bytes) -> bytes:
    return b"".join(b"\r\n  " + signature[start : start + 72] for start in range(0, len(signature), 72))


def _private(path: Path) -> RSAPrivateKey:
    try:
        found = load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise ValueError(f"MERIDIAN_DKIM_KEY cannot be read ({error.strerror}); make a key with: {MADE_BY}") from error
    except TypeError as error:
        raise ValueError("MERIDIAN_DKIM_KEY is locked by a pass phrase; store it without one, mode 0600") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(f"MERIDIAN_DKIM_KEY is no private key in PEM; make one with: {MADE_BY}") from error
    if not isinstance(found, RSAPrivateKey) or found.key_size < FEWEST_BITS:
        raise ValueError(
            f"MERIDIAN_DKIM_KEY must be an RSA key of {FEWEST_BITS} bits or more; make one with: {MADE_BY}"
        )
    return found
