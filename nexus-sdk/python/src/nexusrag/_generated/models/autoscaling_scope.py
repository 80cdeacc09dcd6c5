from enum import StrEnum


class AutoscalingScope(StrEnum):
    GLOBAL = "global"
    ROUTE_CLASS = "route_class"
    TENANT = "tenant"

    @classmethod
    def _missing_(cls, value: object) -> "AutoscalingScope":
        # A word of a later server passes, and equals the text that it is.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member
