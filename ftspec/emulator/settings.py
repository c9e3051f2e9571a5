"""The account's settings: a small JSON file beside it, read again when it changed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

SETTINGS_FILE = "settings.json"
DEFAULT_TRAINING_SECONDS = 3.0
_IN_PROGRESS_SECONDS, _SESSION_SECONDS, _MASTER_SECONDS = 45.0, 3600.0, 14400.0


class SettingsError(Exception):
    """A settings file that is no JSON object; the message names it."""


class Settings:
    """Reads `settings.json`: a property a setting, each with its default."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / SETTINGS_FILE
        self._seen: tuple[int, int, int] | None = None
        self._content: Mapping[str, object] = {}

    @property
    def training_seconds(self) -> float:
        """Give how long a training takes."""
        return self._read_seconds("training_seconds", DEFAULT_TRAINING_SECONDS)

    @property
    def answer_requests_once(self) -> bool:
        """Say whether a request id that was finished is answered again instead of executed again."""
        return self._read().get("answer_requests_once") is not False

    @property
    def in_progress_seconds(self) -> float:
        """Give how long a request waits for its statement before it is answered that this is in progress."""
        return self._read_seconds("in_progress_seconds", _IN_PROGRESS_SECONDS)

    @property
    def session_seconds(self) -> float:
        """Give how long a session's token is valid before the driver has to renew it."""
        return self._read_seconds("session_seconds", _SESSION_SECONDS)

    @property
    def master_seconds(self) -> float:
        """Give how long a session's token can be renewed."""
        return self._read_seconds("master_seconds", _MASTER_SECONDS)

    @property
    def locked_down(self) -> bool:
        """Say whether a new account keeps CORTEX_USER and USE AI FUNCTIONS from PUBLIC."""
        return self._read().get("locked_down") is True

    def _read_seconds(self, name: str, default: float) -> float:
        value = self._read().get(name)
        return float(value) if isinstance(value, int | float) and value >= 0 else default

    @property
    def refuse_model_rename(self) -> bool:
        """Say whether ALTER MODEL … RENAME TO is an unsupported feature."""
        return self._read().get("refuse_model_rename") is True

    @property
    def jobs_kept_seconds(self) -> float | None:
        """Give how long jobs are listed after their end; None stands for ever."""
        return _read_amount(self._read().get("jobs_kept_seconds"))

    def training_credits_per_million(self, base_model: str) -> float | None:
        """Give the credits that a million trained tokens of a base model cost; None says that no rate is known."""
        rates = self._read().get("training_credits_per_million")
        return _read_amount(rates.get(base_model) if isinstance(rates, Mapping) else rates)

    @property
    def module_for_model(self) -> bool:
        """Say whether SHOW GRANTS calls a model MODULE."""
        return self._read().get("module_for_model") is True

    @property
    def unknown_columns(self) -> bool:
        """Say whether every SHOW has columns that no page documents."""
        return self._read().get("unknown_columns") is True

    @property
    def role_scoped_jobs(self) -> bool:
        """Say whether FINETUNE('SHOW') lists only the jobs of roles that the session has."""
        return self._read().get("role_scoped_jobs") is True

    @property
    def allow_control(self) -> bool:
        """Say whether misbehaviour may be asked for over HTTP."""
        return self._read().get("allow_control") is True

    def _read(self) -> Mapping[str, object]:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._seen, self._content = None, {}
            return self._content
        seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        if seen != self._seen:
            # Somebody may be writing the file: what was read last holds until it is whole.
            with suppress(SettingsError):
                self._content = read_settings(self.folder)
            self._seen = seen
        return self._content


def read_settings(folder: Path) -> Mapping[str, object]:
    """Read the settings of a folder; raises SettingsError where the file is damaged."""
    path = folder / SETTINGS_FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise SettingsError(f"the settings file {path} is damaged: {error}") from error
    if not isinstance(content, dict):
        raise SettingsError(f"the settings file {path} is damaged: it holds no JSON object")
    return content


def _read_amount(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 else None


def write_settings(folder: Path, changes: Mapping[str, object]) -> None:
    """Change settings in one step: a reader sees the old file or the new one. Raises SettingsError."""
    path = folder / SETTINGS_FILE
    known = read_settings(folder)
    new = path.with_suffix(f".{os.getpid()}.new")
    new.write_text(json.dumps({**known, **changes}, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    new.replace(path)
