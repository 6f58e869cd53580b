"""The other side of a connector under test: people at work in the CRM."""

from __future__ import annotations

from abc import ABC, abstractmethod

from detente_contracts.records import FieldText, Ref


class CrmSide(ABC):
    """What a person could do in the CRM itself, past the connector."""

    @abstractmethod
    def edit(self, ref: Ref) -> None:
        """Change something that is read of this record."""

    @abstractmethod
    def remove(self, ref: Ref) -> None:
        """Delete or archive this record."""

    @abstractmethod
    def shown(self, ref: Ref, key: str) -> FieldText:
        """What a person sees in this field of ours, in canonical text."""

    @abstractmethod
    def advance(self, seconds: float) -> None:
        """Let time go by."""

    def merge(self, lost: Ref, kept: Ref) -> None:
        """Merge the account `lost` into `kept`."""
        raise NotImplementedError("this CRM merges no records")

    def restore(self, ref: Ref) -> None:
        """Bring a removed account back."""
        raise NotImplementedError("this CRM brings no record back")
