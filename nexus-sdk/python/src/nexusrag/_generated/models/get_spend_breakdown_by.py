from enum import StrEnum


class GetSpendBreakdownBy(StrEnum):
    COMPONENT = "component"
    PROVIDER = "provider"
    ROUTE_CLASS = "route_class"

    @classmethod
    def _missing_(cls, value: object) -> "GetSpendBreakdownBy":
        # A word of a later server passes, and equals the text that it is.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member
