"""The base of every model that people write: unknown keys are refused with the nearest known one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from detente_contracts.errors import ConfigurationError, unknown_name


class ContractModel(BaseModel):
    """A frozen model that names an unknown key and the nearest known one."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = _known_keys(cls)
            for key in data:
                if key not in known:
                    raise ValueError(unknown_name("key", str(key), known))
        return data

    @classmethod
    def read(cls, data: object, *, where: str) -> Self:
        """Build the model from plain data; `where` names the file or section for the message.

        Raises: ConfigurationError with one line a fault, each naming its place.
        """
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            faults = "; ".join(_fault(item["loc"], item["msg"]) for item in error.errors())
            raise ConfigurationError(
                f"{where}: {faults}", hint="Correct the file; nothing was changed"
            ) from None


@cache
def _known_keys(model: type[ContractModel]) -> frozenset[str]:
    return frozenset(field.alias or name for name, field in model.model_fields.items())


def _fault(place: tuple[int | str, ...], message: str) -> str:
    path = ".".join(str(part) for part in place)
    text = message.removeprefix("Value error, ")
    return f"{path}: {text}" if path else text
