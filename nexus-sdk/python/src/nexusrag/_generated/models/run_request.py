from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="RunRequest")


@_attrs_define
class RunRequest:
    """Asks a question about a corpus.

    Attributes:
        corpus_id (str): The corpus to answer from. Example: c1.
        message (str): The question. Example: Who approves routine changes?.
        session_id (str): The conversation the question belongs to; its first use creates it. Example: s1.
        audio (bool | Unset): Whether to speak the answer as well.
        top_k (int | None | Unset): How many passages to look at, 1 to 50; the corpus' or the server's default when it
            is absent. Example: 5.
    """

    corpus_id: str
    message: str
    session_id: str
    audio: bool | Unset = UNSET
    top_k: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        corpus_id = self.corpus_id

        message = self.message

        session_id = self.session_id

        audio = self.audio

        top_k: int | None | Unset
        if isinstance(self.top_k, Unset):
            top_k = UNSET
        else:
            top_k = self.top_k

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "corpus_id": corpus_id,
                "message": message,
                "session_id": session_id,
            }
        )
        if audio is not UNSET:
            field_dict["audio"] = audio
        if top_k is not UNSET:
            field_dict["top_k"] = top_k

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        corpus_id = d.pop("corpus_id")

        message = d.pop("message")

        session_id = d.pop("session_id")

        audio = d.pop("audio", UNSET)

        def _parse_top_k(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        top_k = _parse_top_k(d.pop("top_k", UNSET))

        made_of_it = cls(
            corpus_id=corpus_id,
            message=message,
            session_id=session_id,
            audio=audio,
            top_k=top_k,
        )

        return made_of_it
