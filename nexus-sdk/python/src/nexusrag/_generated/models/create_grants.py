from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.create_grant import CreateGrant


T = TypeVar("T", bound="CreateGrants")


@_attrs_define
class CreateGrants:
    """Asks for several grants on the document or the corpus in the path.

    Attributes:
        permissions (list[CreateGrant]): The grants to make: all of them or, when one is refused, none.
    """

    permissions: list[CreateGrant]

    def to_dict(self) -> dict[str, Any]:
        permissions = []
        for permissions_item_data in self.permissions:
            permissions_item = permissions_item_data.to_dict()
            permissions.append(permissions_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "permissions": permissions,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.create_grant import CreateGrant  # noqa: PLC0415

        d = dict(src_dict)
        permissions = []
        _permissions = d.pop("permissions")
        for permissions_item_data in _permissions:
            permissions_item = CreateGrant.from_dict(permissions_item_data)

            permissions.append(permissions_item)

        made_of_it = cls(
            permissions=permissions,
        )

        return made_of_it
