//! State that may be lost without losing money, rights or records: Redis, or this process.
