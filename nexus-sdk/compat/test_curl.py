"""curl alone, as docs/api.md and the README tell it."""

import json
import subprocess
import tempfile
import unittest
import uuid

from server import Model, Server


class Curl(unittest.TestCase):
    """Answers of a language model that takes its time, behind the usual limits."""

    @classmethod
    def setUpClass(cls):
        cls.model = Model()
        cls.addClassCleanup(cls.model.close)
        model = {"LLM_PROVIDER": "openai", "OPENAI_BASE_URL": cls.model.url, "OPENAI_API_KEY": "unused"}
        # Two questions at once: to ask, and to go on.
        limits = {"RL_KEY_READ_BURST": "1000", "RL_TENANT_READ_BURST": "1000", "RL_KEY_RUN_BURST": "6"}
        cls.server = Server(RATE_LIMIT_ENABLED="true", **limits, **model)
        cls.addClassCleanup(cls.server.close)
        cls.admin, _ = cls.server.library()

    def curl(self, key, path, *arguments):
        """The status and the body, also when curl gave up before the end."""
        command = ["curl", "-sSN", "-w", "\n%{http_code}", "-H", f"Authorization: Bearer {key}", self.server.url + path]
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
        body, _, status = done.stdout.rpartition("\n")
        return int(status), body

    def data(self, *arguments):
        status, body = self.curl(*arguments)
        self.assertIn(status, (200, 201, 202), body)
        return json.loads(body)["data"]

    def refused(self, status, code, *arguments):
        told, body = self.curl(*arguments)
        self.assertEqual((told, json.loads(body)["error"]["code"]), (status, code))

    @staticmethod
    def json(body):
        return "-H", "Content-Type: application/json", "-d", json.dumps(body)

    def question(self):
        return self.json({"session_id": uuid.uuid4().hex, "corpus_id": "c1", "message": "Who approves larger changes?"})

    def reader(self, tenant="acme"):
        return self.server.key(tenant, "reader")

    @staticmethod
    def events(body):
        return [json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: ")]

    def test_from_nothing_to_an_answer(self):
        self.assertIn("c1", [corpus["id"] for corpus in self.data(self.admin, "/v1/corpora")])
        with tempfile.NamedTemporaryFile(suffix=".md") as file:
            file.write(b"# Ice\n\nIce melts at zero degrees.\n")
            file.flush()
            form = "-F", "corpus_id=c1", "-F", f"file=@{file.name};type=text/markdown"
            document = self.data(self.admin, "/v1/documents", *form)["document_id"]
        self.server.processed(self.admin, document)
        status, body = self.curl(self.reader(), "/v1/run", *self.question())
        self.assertEqual((status, self.events(body)[-1]["type"]), (200, "done"))

    def test_a_stream_that_is_cut_goes_on(self):
        key, question, said = self.reader(), self.question(), self.model.asked
        _, begun = self.curl(key, "/v1/run", *question, "--max-time", "1.5")
        seen = self.events(begun.rpartition("\n\n")[0])
        self.assertGreater(len(seen), 2)
        _, rest = self.curl(key, "/v1/run", *question, "-H", f"Last-Event-ID: {seen[-1]['seq']}")
        seen += self.events(rest)
        self.assertEqual([event["seq"] for event in seen], list(range(1, len(seen) + 1)))
        words = "".join(event["data"]["delta"] for event in seen if event["type"] == "token.delta")
        self.assertEqual(words, "".join(f"word{n} " for n in range(40)))
        self.assertEqual((seen[-1]["type"], self.model.asked), ("done", said + 1))

    def test_hanging_up_stops_the_model(self):
        self.model.hung_up.clear()
        self.curl(self.reader(), "/v1/run", *self.question(), "--max-time", "0.5")
        self.assertTrue(self.model.hung_up.wait(20), "the model goes on though nobody listens")

    def test_refusals(self):
        self.refused(401, "AUTH_UNAUTHORIZED", "nrgk_nobody", "/v1/corpora")
        self.refused(409, "CONFLICT", self.admin, "/v1/corpora", *self.json({"id": "c1", "name": "Again"}))
        self.refused(422, "REQUEST_VALIDATION_ERROR", self.reader(), "/v1/run", *self.json({"session_id": "s"}))
        hasty = self.reader()
        for _ in range(2):
            self.data(hasty, "/v1/corpora/c1/search?query=changes")
        self.refused(429, "RATE_LIMITED", hasty, "/v1/corpora/c1/search?query=changes")
        operator, poor = self.server.key("ops", "operator"), self.reader("poor")
        self.server.call(operator, "PATCH", "/v1/admin/quotas/poor", {"daily_requests_limit": 0})
        self.refused(402, "QUOTA_EXCEEDED", poor, "/v1/corpora")
        with self.server.stopped(operator, "kill.run"):
            self.refused(503, "FEATURE_TEMPORARILY_DISABLED", self.reader(), "/v1/run", *self.question())


if __name__ == "__main__":
    unittest.main()
