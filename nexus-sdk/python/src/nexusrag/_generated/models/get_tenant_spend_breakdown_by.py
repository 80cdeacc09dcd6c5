from enum import StrEnum


class GetTenantSpendBreakdownBy(StrEnum):
    COMPONENT = "component"
    PROVIDER = "provider"
    ROUTE_CLASS = "route_class"

    @classmethod
    def _missing_(cls, value: object) -> "GetTenantSpendBreakdownBy":
        # A word of a later server passes, and equals the text that it is.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member
