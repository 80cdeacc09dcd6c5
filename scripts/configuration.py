"""From `nexus config list --json` on standard input to docs/configuration.md on standard output."""

import json
import re
import sys

HEAD = """# Configuration

Every setting is an environment variable, or the same name in a TOML file given by `--config` or `NEXUS_CONFIG`; the environment wins.
Where the default is empty, nothing is set. A setting marked *secret* can also be read from the file that `NAME_FILE` names.
Values that cannot be used stop the start, each with its name. `nexus config list` shows what is in force; `nexus config check` only
checks. `AWS_*` variables reach the object store as they are. Commands that talk to a server read `NEXUS_URL` and `NEXUS_API_KEY`;
`nexus serve` reads `NEXUS_ROLE` (`api`, `worker`, `all`).

This page is made by `scripts/configuration.sh` from what the program says about itself; do not edit it.
"""

# The first section whose pattern matches takes a setting.
SECTIONS = [
    ("Places", r"NEXUS_(DATA|CACHE|CONFIG)|OBJECT_STORE"),
    ("Server", r"NEXUS_(HOST|PORT|LISTEN)|HTTP|SHUTDOWN|TRUSTED|CORS|API_LEGACY"),
    ("Database", r"DATABASE_URL|API_DB|MIGRATE|NEXUS_PG"),
    ("Shared state", r"REDIS|SHARED"),
    ("Who may call", r"AUTH"),
    ("Encryption at rest", r"CRYPTO|KEYRING|BACKUP|AWS_ENDPOINT_URL_KMS"),
    ("Documents", r"INGEST_(?!MAX_(RETRIES|CONCURRENCY))|KILL_INGEST"),
    ("Jobs", r"INGEST_MAX|JOB|WORKER"),
    ("Remote retrieval", r"AWS_|VERTEX_SEARCH|RETRIEVAL_|KILL_EXTERNAL"),
    ("Calls to other services", r"EXT_|CB_"),
    ("Embedding", r"EMBEDDING|OPENAI_EMBEDDING|NEXUS_MODEL"),
    ("Re-ranking", r"RERANK"),
    ("Speech", r"TTS|AUDIO|OPENAI_TTS|KILL_TTS"),
    ("Answers", r"LLM|OPENAI|GOOGLE|GEMINI|VERTEX"),
    ("Runs", r"RUN|KILL_RUN|DEBUG"),
    ("Quotas and billing", r"BILLING|LEDGER|USAGE|SELF_SERVE"),
    ("Audit, metrics and logs", r"AUDIT|UI_CURSOR|METRICS|LOG"),
    ("Other", r""),
]

# Defaults that depend on the machine.
DEPENDS = {
    "NEXUS_DATA_DIR": "`/var/lib/nexusrag` for root, else `~/.local/share/nexusrag`",
    "NEXUS_CACHE_DIR": "`/var/cache/nexusrag` for root, else `~/.cache/nexusrag`",
    "NEXUS_MODEL_DIR": "`models/all-MiniLM-L6-v2` in `NEXUS_CACHE_DIR`",
    "KEYRING_MASTER_KEY_REQUIRED": "`false` without `DATABASE_URL`, else `true`",
    "AUTHZ_ADMIN_IS_OPERATOR": "`true` without `DATABASE_URL`, else `false`",
    "EMBEDDING_THREADS": "the processors, at most 8",
}

SECRETS = {
    "AUDIO_LINK_SECRET", "AUDIT_SIGNING_KEY", "AUTH_KEY_PEPPER", "BACKUP_ENCRYPTION_KEY", "BACKUP_SIGNING_KEY", "BILLING_WEBHOOK_SECRET", "CRYPTO_LOCAL_MASTER_KEY", "CRYPTO_LOCAL_MASTER_KEY_PREVIOUS", "DATABASE_URL", "KEYRING_MASTER_KEY", "KEYRING_MASTER_KEY_PREVIOUS", "METRICS_TOKEN", "OPENAI_API_KEY", "REDIS_URL", "UI_CURSOR_SECRET", "VERTEX_ACCESS_TOKEN",
}

WORDS = {
    "LLM_PROVIDER": "`extractive`, `openai`, `vertex`, or `fake` for tests",
    "TTS_PROVIDER": "`none`, `openai`, or `fake` for tests",
}


def section(name):
    return next(title for title, pattern in SECTIONS if re.match(pattern, name))


def row(knob):
    name, about = knob["name"], knob["about"].rstrip(".").replace("|", "\\|")
    default = DEPENDS.get(name) or (f"`{knob['default']}`" if knob["default"] else "")
    about += f": {WORDS[name]}" if name in WORDS else ""
    about += " (*secret*)" if knob.get("secret", name in SECRETS) else ""
    return f"| `{name}` | {default} | {about} |"


knobs = sorted((json.loads(line) for line in sys.stdin), key=lambda knob: knob["name"])
print(HEAD, end="")
for title, _ in SECTIONS:
    rows = [row(knob) for knob in knobs if section(knob["name"]) == title]
    if rows:
        print(f"\n## {title}\n\n| setting | default | what it does |\n|---|---|---|")
        print("\n".join(rows))
