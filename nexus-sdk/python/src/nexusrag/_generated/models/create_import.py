from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="CreateImport")


@_attrs_define
class CreateImport:
    """Asks the server to take every file of a source into a corpus.

    Attributes:
        corpus_id (str): The corpus the documents go to. Example: c1.
        source (str): Where the files are: a folder, an archive or a bucket below one of the sources that the operator
            allows. Example: s3://bucket/handbooks.
        overwrite (bool | Unset): Whether to replace documents whose file changed.
    """

    corpus_id: str
    source: str
    overwrite: bool | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        corpus_id = self.corpus_id

        source = self.source

        overwrite = self.overwrite

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "corpus_id": corpus_id,
                "source": source,
            }
        )
        if overwrite is not UNSET:
            field_dict["overwrite"] = overwrite

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        corpus_id = d.pop("corpus_id")

        source = d.pop("source")

        overwrite = d.pop("overwrite", UNSET)

        made_of_it = cls(
            corpus_id=corpus_id,
            source=source,
            overwrite=overwrite,
        )

        return made_of_it
