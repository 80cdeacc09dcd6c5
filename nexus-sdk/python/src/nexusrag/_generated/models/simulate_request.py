from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.patch_policy import PatchPolicy
    from ..models.simulate_request_context_type_0 import SimulateRequestContextType0
    from ..models.simulate_request_principal_type_0 import SimulateRequestPrincipalType0
    from ..models.simulate_request_request_type_0 import SimulateRequestRequestType0
    from ..models.simulate_request_resource_type_0 import SimulateRequestResourceType0


T = TypeVar("T", bound="SimulateRequest")


@_attrs_define
class SimulateRequest:
    """Asks what would be decided if a policy counted, or if it said something else.

    Attributes:
        action (str): The action, such as `read`. Example: read.
        resource_type (str): The type of the resource, such as `document`. Example: document.
        compare_documents (bool | Unset): Whether to tell which of the existing documents the principal would gain and
            lose.
        context (None | SimulateRequestContextType0 | Unset): Everything else that is known; the other objects are laid
            over it.
        document_id (None | str | Unset): A document whose attributes and grants count. What is not said of a known user
            is looked up then.
        draft (None | PatchPolicy | Unset):
        principal (None | SimulateRequestPrincipalType0 | Unset): Who asks; the tenant is the caller's.
        request (None | SimulateRequestRequestType0 | Unset): The request; its time is now unless it says another.
        resource (None | SimulateRequestResourceType0 | Unset): What is acted upon; laid over the attributes of the
            document where one is named.
    """

    action: str
    resource_type: str
    compare_documents: bool | Unset = UNSET
    context: None | SimulateRequestContextType0 | Unset = UNSET
    document_id: None | str | Unset = UNSET
    draft: None | PatchPolicy | Unset = UNSET
    principal: None | SimulateRequestPrincipalType0 | Unset = UNSET
    request: None | SimulateRequestRequestType0 | Unset = UNSET
    resource: None | SimulateRequestResourceType0 | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.patch_policy import PatchPolicy  # noqa: PLC0415
        from ..models.simulate_request_context_type_0 import SimulateRequestContextType0  # noqa: PLC0415
        from ..models.simulate_request_principal_type_0 import SimulateRequestPrincipalType0  # noqa: PLC0415
        from ..models.simulate_request_request_type_0 import SimulateRequestRequestType0  # noqa: PLC0415
        from ..models.simulate_request_resource_type_0 import SimulateRequestResourceType0  # noqa: PLC0415

        action = self.action

        resource_type = self.resource_type

        compare_documents = self.compare_documents

        context: dict[str, Any] | None | Unset
        if isinstance(self.context, Unset):
            context = UNSET
        elif isinstance(self.context, SimulateRequestContextType0):
            context = self.context.to_dict()
        else:
            context = self.context

        document_id: None | str | Unset
        if isinstance(self.document_id, Unset):
            document_id = UNSET
        else:
            document_id = self.document_id

        draft: dict[str, Any] | None | Unset
        if isinstance(self.draft, Unset):
            draft = UNSET
        elif isinstance(self.draft, PatchPolicy):
            draft = self.draft.to_dict()
        else:
            draft = self.draft

        principal: dict[str, Any] | None | Unset
        if isinstance(self.principal, Unset):
            principal = UNSET
        elif isinstance(self.principal, SimulateRequestPrincipalType0):
            principal = self.principal.to_dict()
        else:
            principal = self.principal

        request: dict[str, Any] | None | Unset
        if isinstance(self.request, Unset):
            request = UNSET
        elif isinstance(self.request, SimulateRequestRequestType0):
            request = self.request.to_dict()
        else:
            request = self.request

        resource: dict[str, Any] | None | Unset
        if isinstance(self.resource, Unset):
            resource = UNSET
        elif isinstance(self.resource, SimulateRequestResourceType0):
            resource = self.resource.to_dict()
        else:
            resource = self.resource

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "action": action,
                "resource_type": resource_type,
            }
        )
        if compare_documents is not UNSET:
            field_dict["compare_documents"] = compare_documents
        if context is not UNSET:
            field_dict["context"] = context
        if document_id is not UNSET:
            field_dict["document_id"] = document_id
        if draft is not UNSET:
            field_dict["draft"] = draft
        if principal is not UNSET:
            field_dict["principal"] = principal
        if request is not UNSET:
            field_dict["request"] = request
        if resource is not UNSET:
            field_dict["resource"] = resource

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.patch_policy import PatchPolicy  # noqa: PLC0415
        from ..models.simulate_request_context_type_0 import SimulateRequestContextType0  # noqa: PLC0415
        from ..models.simulate_request_principal_type_0 import SimulateRequestPrincipalType0  # noqa: PLC0415
        from ..models.simulate_request_request_type_0 import SimulateRequestRequestType0  # noqa: PLC0415
        from ..models.simulate_request_resource_type_0 import SimulateRequestResourceType0  # noqa: PLC0415

        d = dict(src_dict)
        action = d.pop("action")

        resource_type = d.pop("resource_type")

        compare_documents = d.pop("compare_documents", UNSET)

        def _parse_context(data: object) -> None | SimulateRequestContextType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                context_type_0 = SimulateRequestContextType0.from_dict(data)

                return context_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SimulateRequestContextType0 | Unset, data)

        context = _parse_context(d.pop("context", UNSET))

        def _parse_document_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        document_id = _parse_document_id(d.pop("document_id", UNSET))

        def _parse_draft(data: object) -> None | PatchPolicy | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                draft_type_0 = PatchPolicy.from_dict(data)

                return draft_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | PatchPolicy | Unset, data)

        draft = _parse_draft(d.pop("draft", UNSET))

        def _parse_principal(data: object) -> None | SimulateRequestPrincipalType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                principal_type_0 = SimulateRequestPrincipalType0.from_dict(data)

                return principal_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SimulateRequestPrincipalType0 | Unset, data)

        principal = _parse_principal(d.pop("principal", UNSET))

        def _parse_request(data: object) -> None | SimulateRequestRequestType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                request_type_0 = SimulateRequestRequestType0.from_dict(data)

                return request_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SimulateRequestRequestType0 | Unset, data)

        request = _parse_request(d.pop("request", UNSET))

        def _parse_resource(data: object) -> None | SimulateRequestResourceType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                resource_type_0 = SimulateRequestResourceType0.from_dict(data)

                return resource_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SimulateRequestResourceType0 | Unset, data)

        resource = _parse_resource(d.pop("resource", UNSET))

        made_of_it = cls(
            action=action,
            resource_type=resource_type,
            compare_documents=compare_documents,
            context=context,
            document_id=document_id,
            draft=draft,
            principal=principal,
            request=request,
            resource=resource,
        )

        return made_of_it
