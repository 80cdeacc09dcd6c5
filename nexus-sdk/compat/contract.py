"""The contract test: schemathesis makes up requests from the OpenAPI document, as two tenants and as the operator.

    python contract.py [CASES_PER_OPERATION]

No request may be answered with a server error, an undocumented status or content type, or a body that breaks its schema, and
none may show or change anything of the other tenant.
"""

import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import uuid

from server import ROOT, Server

HERE = pathlib.Path(__file__).resolve().parent
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,only_their_own"
#: A folder that may be imported from; gone when the test is over.
FILES = tempfile.TemporaryDirectory(prefix="nexus-files-", dir="/tmp")
#: Values that are good for something, where nearly all that could be made up are not.
GOOD = {
    "expires_at": "2999-01-01T00:00:00Z",
    "effective_from": "2027-01-01T00:00:00Z",
    "effective_to": "2028-01-01T00:00:00Z",
    "period_start": "2026-03-01T00:00:00Z",
    "period_end": "2026-04-01T00:00:00Z",
    "principal_type": "user",
    "role": "reader",
    "reason": "A test",
    "source": pathlib.Path(FILES.name).as_uri(),
    "condition_json": None,
    "metadata_json": "{}",
    "message": "Who approves changes?",
    "messages": [{"role": "user", "content": "Who approves changes?"}],
}
#: What can close the doors to everything else comes last.
DOORS = "policies|budget|quotas|plans|rollouts|/sla/"
LISTS = ["/v1/corpora", "/v1/documents", "/v1/admin/groups", "/v1/admin/authz/policies", "/v1/admin/costs/pricing/catalog"]


class Tenant:
    """A tenant with two of everything that has an id, and a key to make requests with."""

    def __init__(self, server, name, role="admin"):
        self.server, self.name, self.role = server, name, role
        self.key, self.used = server.key(name, "admin"), server.made_key(name, role)
        self.secret = f"known-to-{name}-{uuid.uuid4().hex}"
        self.ids = collections.defaultdict(list)
        for month in (1, 2):
            self.plant(uuid.uuid4().hex[:12], f"period_start=2026-0{month}-01T00:00:00Z&period_end=2026-0{month + 1}-01T00:00:00Z")
        self.ids["tenant_id"] = [name]
        rotated = self.call("POST", f"/v1/admin/crypto/keys/{name}/rotate", {"reencrypt": True})
        self.ids["rotation-jobs:id"] = [rotated["rotation_job"]["id"]]
        self.ids |= {of: [value] for of, value in GOOD.items()}

    def call(self, method, path, body=None, key=None):
        try:
            return self.server.call(key or self.key, method, path, body)
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path} is answered with {error.code}: {error.read().decode()}") from error

    def plant(self, some, period):
        ids, secret = self.ids, self.secret
        corpus, document = f"c-{some}", f"d-{some}"
        self.call("POST", "/v1/corpora", {"id": corpus, "name": secret})
        text = {"corpus_id": corpus, "document_id": document, "text": f"Who approves changes? {secret} does."}
        self.call("POST", "/v1/documents/text", {**text, "metadata_json": {"title": secret}})
        self.server.processed(self.key, document)
        grant = {"principal_type": "role", "principal_id": self.role, "permission": "read"}
        permission = self.call("POST", f"/v1/admin/authz/documents/{document}/permissions", grant)
        policy = {"name": secret, "effect": "allow", "resource_type": "document", "action": "read", "enabled": False}
        price = {"version": "v1", "provider": f"{secret}-{some}", "component": "llm", "rate_type": "per_1k_tokens"}
        price |= {"rate_value_usd": "0.01", "effective_from": "2026-01-01T00:00:00Z"}
        key = self.call("POST", "/v1/self-serve/api-keys", {"role": "reader", "name": secret})
        promise = {"availability_min_pct": 99, "p95_ms_max": {"run": 60000}, "max_error_budget_burn_5m": 10}
        promise = {"name": f"{secret}-{some}", "tier": "standard", "config_json": {"objectives": promise, "enforcement": {}, "mitigation": {}}}
        level = self.call("POST", "/v1/admin/sla/policies", promise)
        scale = {"name": f"{secret}-{some}", "scope": "tenant", "min_replicas": 1, "max_replicas": 4, "cooldown_seconds": 60}
        scale |= {"target_p95_ms": 1200, "target_queue_depth": 20, "step_up": 1, "step_down": 1}
        scale = self.call("POST", "/v1/admin/sla/autoscaling/profiles", scale)
        taken_in = self.call("POST", "/v1/imports", {"corpus_id": corpus, "source": GOOD["source"]})
        asked = {"session_id": f"s-{some}", "corpus_id": corpus, "message": "Who approves changes?"}
        for name, value in {
            "corpus_id": corpus,
            "model": corpus,
            "document_id": document,
            "user_id": self.used["user_id"],
            "principal_id": self.used["user_id"],
            "session_id": f"s-{some}",
            "permission_id": permission["id"],
            "policy_id": self.call("POST", "/v1/admin/authz/policies", policy)["id"],
            "group_id": self.call("POST", "/v1/admin/groups", {"display_name": f"{secret}-{some}"})["id"],
            "price_id": self.call("POST", "/v1/admin/costs/pricing/catalog", price)["id"],
            "report_id": self.call("POST", f"/v1/admin/costs/chargeback/generate?{period}")["id"],
            "key_id": key["key_id"],
            "run_id": self.ask(asked),
            "event_id": self.call("GET", "/v1/audit/events?limit=1")["items"][0]["id"],
            "authz/corpora:permission_id": self.call("POST", f"/v1/admin/authz/corpora/{corpus}/permissions", grant)["id"],
            "sla/policies:policy_id": level["id"],
            "sla/assignments:policy_id": level["id"],
            "profile_id": scale["id"],
            "import_id": taken_in["id"],
        }.items():
            ids[name].append(value)
        if self.role == "operator":
            operate = lambda method, path, body=None: self.call(method, path, body, self.used["api_key"])
            operate("POST", "/v1/admin/keyring/rotate?purpose=webhook_signing")
            for area, name, path, body in [
                ("authz/global-policies", "policy_id", "/v1/admin/authz/global-policies", policy),
                ("sla/global-policies", "policy_id", "/v1/admin/sla/global-policies", promise),
                ("pricing/global", "price_id", "/v1/admin/costs/pricing/global", price),
            ]:
                ids[f"{area}:{name}"].append(operate("POST", path, body)["id"])
            keys = operate("GET", "/v1/admin/keyring?status=retiring")
            ids["keyring:key_id"] += [key["key_id"] for key in keys]

    def ask(self, question):
        """Asks, reads the whole answer, and returns the id of the run."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.server.url}/v1/run", json.dumps(question).encode(), headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.read()
            return answer.headers["X-Run-Id"]

    def state(self):
        return {path: self.call("GET", path) for path in LISTS}


def schemathesis(server, key, cases, planted, which):
    """Whether all went well, and how often each operation answered with which status."""
    seen = pathlib.Path(server.home, "seen.json")
    env = os.environ | {"SCHEMATHESIS_HOOKS": "contract_hooks", "PYTHONPATH": str(HERE)}
    env["NEXUS_CONTRACT"] = json.dumps(planted | {"seen": str(seen)})
    command = [pathlib.Path(sys.executable).parent / "schemathesis", "run", ROOT / "docs" / "openapi.json", *which]
    command += ["--url", server.url, "--header", f"Authorization: Bearer {key}", "--checks", CHECKS]
    command += ["--max-examples", str(cases), "--phases", "examples,fuzzing", "--seed", "7", "--request-timeout", "60"]
    command += ["--warnings", "off", "--continue-on-failure", "--suppress-health-check", "all", "--no-color"]
    ran = subprocess.run([*command, *sys.argv[2:]], env=env, cwd=server.home, check=False)
    return ran.returncode == 0, json.loads(seen.read_text())


def main(cases):
    server = Server(RATE_LIMIT_ENABLED="false", AUTHZ_ADMIN_IS_OPERATOR="false", IMPORT_SOURCES=GOOD["source"])
    try:
        amber, birch, cedar = (Tenant(server, name) for name in ("amber", "birch", "cedar"))
        operator = Tenant(server, "ops", "operator")
        fine, answered = True, collections.Counter()
        for who, own, theirs in [("amber", amber, birch), ("birch", birch, cedar), ("the operator", operator, None)]:
            print(f"\n== as {who}", flush=True)
            before = theirs and theirs.state()
            planted = {"own": own.ids, "used": own.used["key_id"], "theirs": {}, "secret": cedar.secret[::-1]}
            if theirs:
                planted |= {"theirs": theirs.ids, "secret": theirs.secret}
            for which in ("--exclude-path-regex", "--include-path-regex"):
                well, seen = schemathesis(server, own.used["api_key"], cases, planted, [which, DOORS])
                fine &= well
                for label, status, count in seen:
                    answered[label, status] += count
            if theirs and theirs.state() != before:
                fine = False
                print(f"{who} changed something of the other tenant:\n{before}\n{theirs.state()}")
        done = {label for label, status in answered if status < 400}
        refused = sorted({label for label, _ in answered} - done)
        print(f"\n{answered.total()} requests; {len(done)} operations did what was asked, and only refused was", ", ".join(refused) or "none")
        for status in sorted({status for _, status in answered}):
            print(f"  {status}: {sum(count for (_, of), count in answered.items() if of == status)}")
        return 0 if fine else 1
    finally:
        server.close()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 14))
