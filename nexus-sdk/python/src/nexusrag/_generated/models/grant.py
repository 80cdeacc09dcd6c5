from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.permission import Permission
from ..models.principal_type import PrincipalType
from ..types import UNSET, Unset

T = TypeVar("T", bound="Grant")


@_attrs_define
class Grant:
    """One grant, on one document or on one corpus.

    Attributes:
        id (str): The grant's id.
        permission (Permission): What a grant allows. Each of them also allows reading; `owner` allows everything.
        principal_id (str): Which principal of that kind. Example: reader.
        principal_type (PrincipalType): The kind of principal a grant names.
        tenant_id (str): The tenant. Example: t1.
        corpus_id (None | str | Unset): The corpus whose documents the grant is about; absent when it is about one
            document.
        created_at (datetime.datetime | None | Unset): When the grant was made.
        document_id (None | str | Unset): The document the grant is about; absent when it is about a corpus. Example:
            doc-1.
        expires_at (datetime.datetime | None | Unset): When the grant ends; null when it does not.
        granted_by (None | str | Unset): The API key or session that made the grant.
    """

    id: str
    permission: Permission
    principal_id: str
    principal_type: PrincipalType
    tenant_id: str
    corpus_id: None | str | Unset = UNSET
    created_at: datetime.datetime | None | Unset = UNSET
    document_id: None | str | Unset = UNSET
    expires_at: datetime.datetime | None | Unset = UNSET
    granted_by: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        permission = self.permission.value

        principal_id = self.principal_id

        principal_type = self.principal_type.value

        tenant_id = self.tenant_id

        corpus_id: None | str | Unset
        if isinstance(self.corpus_id, Unset):
            corpus_id = UNSET
        else:
            corpus_id = self.corpus_id

        created_at: None | str | Unset
        if isinstance(self.created_at, Unset):
            created_at = UNSET
        elif isinstance(self.created_at, datetime.datetime):
            created_at = self.created_at.isoformat()
        else:
            created_at = self.created_at

        document_id: None | str | Unset
        if isinstance(self.document_id, Unset):
            document_id = UNSET
        else:
            document_id = self.document_id

        expires_at: None | str | Unset
        if isinstance(self.expires_at, Unset):
            expires_at = UNSET
        elif isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        granted_by: None | str | Unset
        if isinstance(self.granted_by, Unset):
            granted_by = UNSET
        else:
            granted_by = self.granted_by

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "permission": permission,
                "principal_id": principal_id,
                "principal_type": principal_type,
                "tenant_id": tenant_id,
            }
        )
        if corpus_id is not UNSET:
            field_dict["corpus_id"] = corpus_id
        if created_at is not UNSET:
            field_dict["created_at"] = created_at
        if document_id is not UNSET:
            field_dict["document_id"] = document_id
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at
        if granted_by is not UNSET:
            field_dict["granted_by"] = granted_by

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        permission = Permission(d.pop("permission"))

        principal_id = d.pop("principal_id")

        principal_type = PrincipalType(d.pop("principal_type"))

        tenant_id = d.pop("tenant_id")

        def _parse_corpus_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        corpus_id = _parse_corpus_id(d.pop("corpus_id", UNSET))

        def _parse_created_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                created_at_type_0 = datetime.datetime.fromisoformat(data)

                return created_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        created_at = _parse_created_at(d.pop("created_at", UNSET))

        def _parse_document_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        document_id = _parse_document_id(d.pop("document_id", UNSET))

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

        def _parse_granted_by(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        granted_by = _parse_granted_by(d.pop("granted_by", UNSET))

        made_of_it = cls(
            id=id,
            permission=permission,
            principal_id=principal_id,
            principal_type=principal_type,
            tenant_id=tenant_id,
            corpus_id=corpus_id,
            created_at=created_at,
            document_id=document_id,
            expires_at=expires_at,
            granted_by=granted_by,
        )

        made_of_it.additional_properties = d
        return made_of_it

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
