from enum import StrEnum


class KeyPurpose(StrEnum):
    BACKUP_ENCRYPTION = "backup_encryption"
    BACKUP_SIGNING = "backup_signing"
    ENCRYPTION = "encryption"
    SIGNING = "signing"
    WEBHOOK_SIGNING = "webhook_signing"

    @classmethod
    def _missing_(cls, value: object) -> "KeyPurpose":
        # A word of a later server passes, and equals the text that it is.
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member
