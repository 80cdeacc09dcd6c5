from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.permission import Permission
from ..models.principal_type import PrincipalType
from ..types import UNSET, Unset

T = TypeVar("T", bound="CreateGrant")


@_attrs_define
class CreateGrant:
    """Asks for a grant on the document or the corpus in the path.

    Attributes:
        permission (Permission): What a grant allows. Each of them also allows reading; `owner` allows everything.
        principal_id (str): Which principal of that kind. Example: reader.
        principal_type (PrincipalType): The kind of principal a grant names.
        expires_at (datetime.datetime | None | Unset): When the grant ends; it does not when this is absent.
    """

    permission: Permission
    principal_id: str
    principal_type: PrincipalType
    expires_at: datetime.datetime | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        permission = self.permission.value

        principal_id = self.principal_id

        principal_type = self.principal_type.value

        expires_at: None | str | Unset
        if isinstance(self.expires_at, Unset):
            expires_at = UNSET
        elif isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "permission": permission,
                "principal_id": principal_id,
                "principal_type": principal_type,
            }
        )
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        permission = Permission(d.pop("permission"))

        principal_id = d.pop("principal_id")

        principal_type = PrincipalType(d.pop("principal_type"))

        def _parse_expires_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expires_at_type_0 = datetime.datetime.fromisoformat(data)

                return expires_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        expires_at = _parse_expires_at(d.pop("expires_at", UNSET))

        made_of_it = cls(
            permission=permission,
            principal_id=principal_id,
            principal_type=principal_type,
            expires_at=expires_at,
        )

        return made_of_it
