"""What is sent and received, generated from the OpenAPI document."""

from ._generated.models import *  # noqa: F403
from ._generated.types import UNSET as UNSET
from ._generated.types import File as File
from ._generated.types import Unset as Unset
