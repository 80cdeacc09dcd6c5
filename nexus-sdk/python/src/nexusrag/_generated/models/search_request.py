from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.search_filter import SearchFilter


T = TypeVar("T", bound="SearchRequest")


@_attrs_define
class SearchRequest:
    """Looks for passages of a corpus.

    Attributes:
        query (str): The question, or a few words. Example: Who approves routine changes?.
        filter_ (None | SearchFilter | Unset):
        top_k (int | None | Unset): How many passages, 1 to 50; the corpus' default when it is absent. Example: 5.
    """

    query: str
    filter_: None | SearchFilter | Unset = UNSET
    top_k: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.search_filter import SearchFilter  # noqa: PLC0415

        query = self.query

        filter_: dict[str, Any] | None | Unset
        if isinstance(self.filter_, Unset):
            filter_ = UNSET
        elif isinstance(self.filter_, SearchFilter):
            filter_ = self.filter_.to_dict()
        else:
            filter_ = self.filter_

        top_k: int | None | Unset
        if isinstance(self.top_k, Unset):
            top_k = UNSET
        else:
            top_k = self.top_k

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "query": query,
            }
        )
        if filter_ is not UNSET:
            field_dict["filter"] = filter_
        if top_k is not UNSET:
            field_dict["top_k"] = top_k

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.search_filter import SearchFilter  # noqa: PLC0415

        d = dict(src_dict)
        query = d.pop("query")

        def _parse_filter_(data: object) -> None | SearchFilter | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                filter_type_0 = SearchFilter.from_dict(data)

                return filter_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SearchFilter | Unset, data)

        filter_ = _parse_filter_(d.pop("filter", UNSET))

        def _parse_top_k(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        top_k = _parse_top_k(d.pop("top_k", UNSET))

        made_of_it = cls(
            query=query,
            filter_=filter_,
            top_k=top_k,
        )

        return made_of_it
