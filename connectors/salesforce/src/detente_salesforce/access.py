"""Permission sets: a field that nobody was granted is invisible, even to who made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from detente_contracts import ConfigurationError, ProvisionStep

from detente_salesforce import soql
from detente_salesforce.client import COLLECTION, Json, SalesforceClient, by_name
from detente_salesforce.manners import error_codes
from detente_salesforce.org import ID

_CREATE, _GRANT, _STANDING = "create", "grant", "standing"


@dataclass(frozen=True, slots=True)
class PermissionSet:
    """A permission set of ours. `may_edit` says whether who has it may change Detente's fields."""

    name: str
    label: str
    may_edit: bool


INTEGRATION = PermissionSet("Detente_Integration", "Detente integration", may_edit=True)
READER = PermissionSet("Detente_Reader", "Detente reader", may_edit=False)


class PermissionSets:
    """Makes permission sets and grants fields by them."""

    def __init__(self, client: SalesforceClient) -> None:
        self._client = client

    def grant(self, wanted: PermissionSet, fields: Sequence[str], *, apply: bool) -> list[ProvisionStep]:
        """Let who has `wanted` see (or edit) `fields`, each as `Object.Field__c`.

        Who runs this is given the integration set; other people are a choice for an admin.
        """
        id_ = self._id_of(wanted)
        made = id_ is None
        if id_ is None and apply:
            id_ = self._create("PermissionSet", {"Name": wanted.name, "Label": wanted.label})
        steps = [ProvisionStep("PermissionSet", wanted.name, _CREATE if made else _STANDING)]
        granted = self._grant_fields(id_, wanted, fields, apply=apply)
        steps.append(
            ProvisionStep(
                "FieldPermissions", wanted.name, _GRANT if granted else _STANDING, f"{len(fields)} fields"
            )
        )
        if wanted.may_edit:
            steps.append(self._assign(id_, wanted, apply=apply))
        return steps

    def _id_of(self, wanted: PermissionSet) -> str | None:
        query = soql.select((ID,), "PermissionSet", [f"Name = '{wanted.name}'"])
        return next((str(row[ID]) for row in self._client.query(query, urgent=True)), None)

    def _grant_fields(
        self, id_: str | None, wanted: PermissionSet, fields: Sequence[str], *, apply: bool
    ) -> int:
        standing = {} if id_ is None else self._granted(id_)
        new = [name for name in fields if name not in standing]
        weak = [
            name
            for name in fields
            if name in standing and wanted.may_edit and not standing[name]["PermissionsEdit"]
        ]
        if apply and id_ is not None:
            rights = {"PermissionsRead": True, "PermissionsEdit": wanted.may_edit}
            self._save([{**_field_permission(id_, name), **rights} for name in new], is_new=True)
            self._save([{"id": standing[name][ID], **rights} for name in weak], is_new=False)
        return len(new) + len(weak)

    def _granted(self, id_: str) -> dict[str, Json]:
        fields = (ID, "Field", "PermissionsRead", "PermissionsEdit")
        query = soql.select(fields, "FieldPermissions", [f"ParentId = {soql.listed([id_])[1:-1]}"])
        return {
            name: dict(row)
            for name, row in by_name(list(self._client.query(query, urgent=True)), "Field").items()
        }

    def _save(self, records: Sequence[Json], *, is_new: bool) -> None:
        save = self._client.create_all if is_new else self._client.update
        for start in range(0, len(records), COLLECTION):
            part = [
                {"attributes": {"type": "FieldPermissions"}, **record}
                for record in records[start : start + COLLECTION]
            ]
            refused = [row for row in save(part) if not row.get("success")]
            if refused:
                said = "; ".join(error_codes(refused[0])) or "no reason given"
                raise ConfigurationError(
                    f"Salesforce refuses to grant {len(refused)} of {len(part)} fields: {said}",
                    hint="The user needs 'Manage Profiles and Permission Sets'; run provision again",
                )

    def _assign(self, id_: str | None, wanted: PermissionSet, *, apply: bool) -> ProvisionStep:
        user = self._client.user()
        if not soql.is_id(user):
            return ProvisionStep("PermissionSetAssignment", wanted.name, _STANDING, "an admin assigns it")
        is_assigned = id_ is not None and self._is_assigned(id_, user)
        if apply and id_ is not None and not is_assigned:
            self._create("PermissionSetAssignment", {"AssigneeId": user, "PermissionSetId": id_})
        action = _STANDING if is_assigned else _GRANT
        return ProvisionStep("PermissionSetAssignment", wanted.name, action, "to the user who runs this")

    def _is_assigned(self, id_: str, user: str) -> bool:
        both = [f"PermissionSetId IN {soql.listed([id_])}", f"AssigneeId IN {soql.listed([user])}"]
        query = soql.select((ID,), "PermissionSetAssignment", both)
        return any(True for _ in self._client.query(query, urgent=True))

    def _create(self, name: str, record: Json) -> str:
        return self._client.create(f"sobjects/{name}", record)


def _field_permission(id_: str, name: str) -> Json:
    return {"ParentId": id_, "SobjectType": name.partition(".")[0], "Field": name}
