from typing import Any

import httpx

from ...._errors import DecodeError
from ...models.envelope_sla_measurement_list import EnvelopeSlaMeasurementList
from ...models.list_sla_measurements_window import ListSlaMeasurementsWindow
from ...models.sla_route_class import SlaRouteClass
from ...types import UNSET, Unset


def call(
    *,
    tenant_id: str | Unset = UNSET,
    route_class: SlaRouteClass | Unset = UNSET,
    window: ListSlaMeasurementsWindow | Unset = UNSET,
    limit: int | Unset = 50,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["tenant_id"] = tenant_id

    json_route_class: str | Unset = UNSET
    if not isinstance(route_class, Unset):
        json_route_class = route_class.value

    params["route_class"] = json_route_class

    json_window: str | Unset = UNSET
    if not isinstance(window, Unset):
        json_window = window.value

    params["window"] = json_window

    params["limit"] = limit

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    kwargs: dict[str, Any] = {
        "method": "GET",
        "url": "/v1/admin/sla/measurements",
        "params": params,
    }
    return kwargs


def parse(response: httpx.Response) -> EnvelopeSlaMeasurementList:
    if response.status_code == 200:
        response_200 = EnvelopeSlaMeasurementList.from_dict(response.json())

        return response_200

    raise DecodeError("a success that this version does not know", response)
