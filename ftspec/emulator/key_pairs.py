"""Key-pair authentication: a user's public keys, and the tokens that are signed with a private one.

https://docs.snowflake.com/en/user-guide/key-pair-auth
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

PUBLIC_KEYS = ("RSA_PUBLIC_KEY", "RSA_PUBLIC_KEY_2")
_HEAD, _TAIL = "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"


def read_public_key(text: str) -> str | None:
    """Give a public key as one line of Base64, with or without its PEM delimiters; None for what is no RSA key."""
    line = "".join(text.replace(_HEAD, "").replace(_TAIL, "").split())
    return line if _load(line) is not None else None


def _load(line: str) -> RSAPublicKey | None:
    try:
        key = load_der_public_key(base64.b64decode(line, validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPublicKey) else None


def read_subject(token: str) -> tuple[str, str]:
    """Give the account and the user that a token says it is for, unchecked; ("", "") where it says none."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return "", ""
    account, _, user = str(claims.get("sub", "")).partition(".")
    return account, user


def is_signed(token: str, lines: Iterable[object]) -> bool:
    """Say whether a token is valid now, and signed with the private key of one of the public keys it names."""
    for line in lines:
        key = _load(line) if isinstance(line, str) else None
        if key is None or not isinstance(line, str):
            continue
        try:
            claims = jwt.decode(token, key, algorithms=["RS256"], options={"require": ["exp", "iat", "iss", "sub"]})
        except jwt.PyJWTError:
            continue
        digest = base64.b64encode(hashlib.sha256(base64.b64decode(line)).digest()).decode("ascii")
        if claims["iss"] == f"{claims['sub']}.SHA256:{digest}":
            return True
    return False
