from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.chat_error_body_details_type_0 import ChatErrorBodyDetailsType0


T = TypeVar("T", bound="ChatErrorBody")


@_attrs_define
class ChatErrorBody:
    """What went wrong, for programs (`code`, `param`, `details`) and for people (`message`).

    Attributes:
        code (str): A stable code to branch on, the same as of the other routes. Example: NOT_FOUND.
        message (str): A sentence for people.
        type_ (str): The family, in OpenAI's words. Example: invalid_request_error.
        details (ChatErrorBodyDetailsType0 | None | Unset): Facts that belong to the code; absent when there are none.
        param (None | str | Unset): The field that is meant, if one is.
    """

    code: str
    message: str
    type_: str
    details: ChatErrorBodyDetailsType0 | None | Unset = UNSET
    param: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.chat_error_body_details_type_0 import ChatErrorBodyDetailsType0  # noqa: PLC0415

        code = self.code

        message = self.message

        type_ = self.type_

        details: dict[str, Any] | None | Unset
        if isinstance(self.details, Unset):
            details = UNSET
        elif isinstance(self.details, ChatErrorBodyDetailsType0):
            details = self.details.to_dict()
        else:
            details = self.details

        param: None | str | Unset
        if isinstance(self.param, Unset):
            param = UNSET
        else:
            param = self.param

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "code": code,
                "message": message,
                "type": type_,
            }
        )
        if details is not UNSET:
            field_dict["details"] = details
        if param is not UNSET:
            field_dict["param"] = param

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.chat_error_body_details_type_0 import ChatErrorBodyDetailsType0  # noqa: PLC0415

        d = dict(src_dict)
        code = d.pop("code")

        message = d.pop("message")

        type_ = d.pop("type")

        def _parse_details(data: object) -> ChatErrorBodyDetailsType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                details_type_0 = ChatErrorBodyDetailsType0.from_dict(data)

                return details_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ChatErrorBodyDetailsType0 | None | Unset, data)

        details = _parse_details(d.pop("details", UNSET))

        def _parse_param(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        param = _parse_param(d.pop("param", UNSET))

        made_of_it = cls(
            code=code,
            message=message,
            type_=type_,
            details=details,
            param=param,
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
