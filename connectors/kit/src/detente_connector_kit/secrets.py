"""Secrets stand in the environment or in a file of their own, never in settings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Self

from detente_contracts.errors import ConfigurationError
from detente_contracts.models import ContractModel
from pydantic import Field, model_validator


class SecretSource(ContractModel):
    """Where a secret is kept: `{env: NAME}` or `{file: PATH}`. The settings never hold the secret itself."""

    env: str | None = Field(default=None, min_length=1, title="Environment variable that holds the secret")
    file: Path | None = Field(default=None, title="File that holds the secret and nothing else")

    @model_validator(mode="before")
    @classmethod
    def _refuse_plain_text(cls, data: Any) -> Any:
        if isinstance(data, str):
            raise ValueError("a secret is never written here; give {env: NAME} or {file: PATH}")
        return data

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        if (self.env is None) == (self.file is None):
            raise ValueError("give one of `env` and `file`")
        return self

    def secret(self) -> str:
        """The secret as it is now, without white space around it.

        Raises: ConfigurationError that names the place, when nothing usable stands there.
        """
        text = self._raw().strip()
        if not text or not text.isprintable() or not text.isascii():
            raise ConfigurationError(
                f"{self} holds no usable secret", hint="Put the secret there alone, on one line"
            )
        return text

    def key(self) -> str:
        """A private key, which takes several lines, as it is now.

        Raises: ConfigurationError that names the place, when no PEM key stands there.
        """
        text = self._raw().strip()
        if not (text.startswith("-----BEGIN ") and text.endswith("-----") and text.isascii()):
            raise ConfigurationError(f"{self} holds no private key", hint="Put a key in PEM form there")
        return text

    def _raw(self) -> str:
        if self.env is not None:
            return self._from_environment(self.env)
        assert self.file is not None  # noqa: S101 - the validator sees to it
        try:
            return self.file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = type(error).__name__
            raise ConfigurationError(
                f"{self} cannot be read: {reason}", hint="Check the path and who may read the file"
            ) from None

    def _from_environment(self, name: str) -> str:
        if name not in os.environ:
            raise ConfigurationError(f"{self} is not set", hint=f"Set {name} where Detente is started")
        return os.environ[name]

    def __str__(self) -> str:
        return f"environment variable {self.env}" if self.env is not None else f"secret file {self.file}"
