from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.chat_role import ChatRole
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.chat_part import ChatPart


T = TypeVar("T", bound="ChatMessage")


@_attrs_define
class ChatMessage:
    """A message of a conversation. An answer can be given back as it came.

    Attributes:
        role (ChatRole): Who says a message.
        annotations (Any | Unset): Taken, and not used: an answer is quoted by its text.
        audio (Any | Unset): Only null.
        content (list[ChatPart] | None | str | Unset):
        function_call (Any | Unset): Only null.
        name (None | str | Unset): Taken, and not used.
        refusal (None | str | Unset): Taken, and not used.
        tool_call_id (None | str | Unset): Only null.
        tool_calls (Any | Unset): Only null or an empty list.
    """

    role: ChatRole
    annotations: Any | Unset = UNSET
    audio: Any | Unset = UNSET
    content: list[ChatPart] | None | str | Unset = UNSET
    function_call: Any | Unset = UNSET
    name: None | str | Unset = UNSET
    refusal: None | str | Unset = UNSET
    tool_call_id: None | str | Unset = UNSET
    tool_calls: Any | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        role = self.role.value

        annotations = self.annotations

        audio = self.audio

        content: list[dict[str, Any]] | None | str | Unset
        if isinstance(self.content, Unset):
            content = UNSET
        elif isinstance(self.content, list):
            content = []
            for componentsschemas_chat_content_type_1_item_data in self.content:
                componentsschemas_chat_content_type_1_item = componentsschemas_chat_content_type_1_item_data.to_dict()
                content.append(componentsschemas_chat_content_type_1_item)

        else:
            content = self.content

        function_call = self.function_call

        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        refusal: None | str | Unset
        if isinstance(self.refusal, Unset):
            refusal = UNSET
        else:
            refusal = self.refusal

        tool_call_id: None | str | Unset
        if isinstance(self.tool_call_id, Unset):
            tool_call_id = UNSET
        else:
            tool_call_id = self.tool_call_id

        tool_calls = self.tool_calls

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "role": role,
            }
        )
        if annotations is not UNSET:
            field_dict["annotations"] = annotations
        if audio is not UNSET:
            field_dict["audio"] = audio
        if content is not UNSET:
            field_dict["content"] = content
        if function_call is not UNSET:
            field_dict["function_call"] = function_call
        if name is not UNSET:
            field_dict["name"] = name
        if refusal is not UNSET:
            field_dict["refusal"] = refusal
        if tool_call_id is not UNSET:
            field_dict["tool_call_id"] = tool_call_id
        if tool_calls is not UNSET:
            field_dict["tool_calls"] = tool_calls

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.chat_part import ChatPart  # noqa: PLC0415

        d = dict(src_dict)
        role = ChatRole(d.pop("role"))

        annotations = d.pop("annotations", UNSET)

        audio = d.pop("audio", UNSET)

        def _parse_content(data: object) -> list[ChatPart] | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                componentsschemas_chat_content_type_1 = []
                _componentsschemas_chat_content_type_1 = data
                for componentsschemas_chat_content_type_1_item_data in _componentsschemas_chat_content_type_1:
                    componentsschemas_chat_content_type_1_item = ChatPart.from_dict(
                        componentsschemas_chat_content_type_1_item_data
                    )

                    componentsschemas_chat_content_type_1.append(componentsschemas_chat_content_type_1_item)

                return componentsschemas_chat_content_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[ChatPart] | None | str | Unset, data)

        content = _parse_content(d.pop("content", UNSET))

        function_call = d.pop("function_call", UNSET)

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        name = _parse_name(d.pop("name", UNSET))

        def _parse_refusal(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        refusal = _parse_refusal(d.pop("refusal", UNSET))

        def _parse_tool_call_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        tool_call_id = _parse_tool_call_id(d.pop("tool_call_id", UNSET))

        tool_calls = d.pop("tool_calls", UNSET)

        made_of_it = cls(
            role=role,
            annotations=annotations,
            audio=audio,
            content=content,
            function_call=function_call,
            name=name,
            refusal=refusal,
            tool_call_id=tool_call_id,
            tool_calls=tool_calls,
        )

        return made_of_it
