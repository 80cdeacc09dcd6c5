"""The real server with a database of its own, and a language model that does what a test wants."""

import contextlib
import http.server
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("NEXUS_BIN", str(ROOT / "target" / "debug" / "nexus"))
PATIENCE = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server that runs until it is closed, on an embedded database."""

    def __init__(self, **env):
        self.home = tempfile.mkdtemp(prefix="nexus-compat-", dir="/tmp")
        os.chmod(self.home, 0o755)
        self.url = f"http://127.0.0.1:{free_port()}"
        self.env = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "NEXUS_PG_BINDIR", "NEXUS_CACHE_DIR") if name in os.environ},
            "NEXUS_DATA_DIR": f"{self.home}/data",
            "NEXUS_PORT": self.url.rsplit(":", 1)[1],
            "EMBEDDING_PROVIDER": "hash",
            "DEFAULT_PLAN": "enterprise",
            "LOG_LEVEL": "warn",
            **env,
        }
        self.log = open(f"{self.home}/log", "wb")
        self.process = subprocess.Popen([BINARY, "serve"], env=self.env, stdout=self.log, stderr=subprocess.STDOUT)
        self._wait()

    def _wait(self):
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up and self.process.poll() is None:
            try:
                if urllib.request.urlopen(f"{self.url}/v1/readyz", timeout=2).status == 200:
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        log = pathlib.Path(f"{self.home}/log").read_text(errors="replace")
        self.close()
        raise RuntimeError(f"the server did not start:\n{log}")

    def key(self, tenant, role):
        return self.made_key(tenant, role)["api_key"]

    def made_key(self, tenant, role):
        """A new key and its id, made as an operator makes it."""
        command = [BINARY, "--json", "keys", "create", "--tenant", tenant, "--role", role]
        made = subprocess.run(command, env=self.env, capture_output=True, check=True, text=True)
        return json.loads(made.stdout)

    def call(self, key, method, path, body=None):
        """A request of the API; its data."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            text = answer.read()
        return json.loads(text)["data"] if text else None

    @contextlib.contextmanager
    def stopped(self, operator, switch):
        """While this lasts, an operator has switched something off."""
        change = lambda off: {"kill_switches": {switch: off}, "reason": "A test"}
        self.call(operator, "PATCH", "/v1/admin/rollouts/killswitches", change(True))
        try:
            yield
        finally:
            self.call(operator, "PATCH", "/v1/admin/rollouts/killswitches", change(False))

    def processed(self, key, document):
        """Waits until a document can be found."""
        give_up = time.monotonic() + PATIENCE
        while self.call(key, "GET", f"/v1/documents/{document}")["status"] != "succeeded":
            assert time.monotonic() < give_up, "the document is not processed"
            time.sleep(0.05)

    def library(self, tenant="acme"):
        """An administrator's key and a reader's, and a corpus with a document that readers may read."""
        admin, reader = self.key(tenant, "admin"), self.key(tenant, "reader")
        self.call(admin, "POST", "/v1/corpora", {"id": "c1", "name": "Handbook"})
        text = "Routine changes need a second pair of eyes. Größere Änderungen genehmigt der Rat 🐟 am Montag."
        self.call(admin, "POST", "/v1/documents/text", {"corpus_id": "c1", "document_id": "changes", "text": text})
        self.processed(admin, "changes")
        grant = {"principal_type": "role", "principal_id": "reader", "permission": "read"}
        self.call(admin, "POST", "/v1/admin/authz/documents/changes/permissions", grant)
        return admin, reader

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.home, ignore_errors=True)


class Model:
    """An endpoint that says a word every while, and knows when nobody listens any more."""

    def __init__(self, words=40, pause=0.05):
        self.hung_up = threading.Event()
        self.asked = 0
        model = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                model.asked += 1
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                try:
                    for n in range(words):
                        self.chunk({"choices": [{"index": 0, "delta": {"content": f"word{n} "}}]})
                        time.sleep(pause)
                    usage = {"prompt_tokens": 321, "completion_tokens": words, "total_tokens": 321 + words}
                    self.chunk({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
                    self.chunk({"choices": [], "usage": usage})
                    self.wfile.write(b"data: [DONE]\n\n")
                except OSError:
                    model.hung_up.set()

            def chunk(self, data):
                self.wfile.write(b"data: " + json.dumps(data).encode() + b"\n\n")
                self.wfile.flush()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
