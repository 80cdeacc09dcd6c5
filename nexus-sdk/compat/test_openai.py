"""The official clients for OpenAI's form, for Python and for Node."""

import os
import pathlib
import subprocess
import time
import unittest

import openai

from server import Model, Server

QUESTION = [{"role": "user", "content": "Who approves larger changes, der Rat?"}]


def node(server, key, *refused):
    """The official client for Node: everything, or a question that is refused with this status."""
    env = {"PATH": os.environ["PATH"], "NEXUS_URL": server.url, "NEXUS_API_KEY": key}
    script = pathlib.Path(os.environ["COMPAT_NODE"]) / "openai.mjs"
    ran = subprocess.run(["node", script, *map(str, refused)], env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


class Quotes(unittest.TestCase):
    """Answers that quote, and no limits in the way."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server(RATE_LIMIT_ENABLED="false")
        cls.addClassCleanup(cls.server.close)
        cls.admin, cls.reader = cls.server.library()
        cls.client = openai.OpenAI(base_url=f"{cls.server.url}/v1", api_key=cls.reader, max_retries=0)

    def test_corpora_are_models(self):
        self.assertEqual([model.id for model in self.client.models.list()], ["c1"])
        self.assertEqual(self.client.models.retrieve("c1").owned_by, "acme")

    def test_an_answer_and_its_citations(self):
        answer = self.client.chat.completions.create(model="c1", messages=QUESTION, temperature=0.2, user="ada")
        message = answer.choices[0].message
        self.assertEqual((answer.choices[0].finish_reason, message.role), ("stop", "assistant"))
        self.assertEqual(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens)
        self.assertTrue(answer.usage.estimated)
        self.assertTrue(message.annotations)
        for annotation in message.annotations:
            cited = annotation.url_citation
            self.assertEqual(message.content[cited.start_index : cited.end_index], f"[{cited.index}]")
            stored = self.server.call(self.reader, "GET", cited.url)
            self.assertEqual((stored["text"], stored["content_hash"]), (cited.quote, cited.content_hash))
        more = self.client.chat.completions.create(
            model="c1",
            messages=[
                {"role": "system", "content": "Be brief."},
                *QUESTION,
                message,
                {"role": "user", "content": [{"type": "text", "text": "And routine changes?"}]},
            ],
        )
        self.assertIn("second pair of eyes", more.choices[0].message.content)

    def test_a_stream_adds_up(self):
        whole = self.client.chat.completions.create(model="c1", messages=QUESTION).choices[0].message
        text, annotations, finish, usage = "", [], None, None
        options = {"include_usage": True}
        for chunk in self.client.chat.completions.create(model="c1", messages=QUESTION, stream=True, stream_options=options):
            usage = chunk.usage or usage
            for choice in chunk.choices:
                text += choice.delta.content or ""
                annotations += getattr(choice.delta, "annotations", None) or []
                finish = choice.finish_reason or finish
        self.assertEqual((text, finish), (whole.content, "stop"))
        self.assertEqual(annotations, [annotation.model_dump() for annotation in whole.annotations])
        self.assertGreater(usage.total_tokens, 0)
        with self.client.chat.completions.stream(model="c1", messages=QUESTION) as stream:
            self.assertEqual(stream.get_final_completion().choices[0].message.content, text)

    def test_what_is_refused(self):
        create = self.client.chat.completions.create
        with self.assertRaises(openai.NotFoundError) as unknown:
            create(model="gpt-5", messages=QUESTION)
        self.assertEqual((unknown.exception.code, unknown.exception.type), ("NOT_FOUND", "invalid_request_error"))
        with self.assertRaises(openai.UnprocessableEntityError) as tools:
            create(model="c1", messages=QUESTION, tools=[{"type": "function", "function": {"name": "f"}}])
        self.assertEqual((tools.exception.code, tools.exception.param), ("CHAT_UNSUPPORTED", "tools"))
        self.assertTrue(tools.exception.request_id)
        stranger = openai.OpenAI(base_url=f"{self.server.url}/v1", api_key="sk-made-up", max_retries=0)
        with self.assertRaises(openai.AuthenticationError):
            stranger.models.list()
        with self.assertRaises(openai.AuthenticationError):
            stranger.chat.completions.create(model="c1", messages=QUESTION, stream=True)
        theirs = openai.OpenAI(base_url=f"{self.server.url}/v1", api_key=self.server.key("other", "admin"), max_retries=0)
        with self.assertRaises(openai.NotFoundError):
            theirs.chat.completions.create(model="c1", messages=QUESTION)

    def test_a_quota_and_a_switch(self):
        self.server.library("poor")
        poor = openai.OpenAI(base_url=f"{self.server.url}/v1", api_key=self.server.key("poor", "reader"), max_retries=0)
        operator = self.server.key("ops", "operator")
        self.server.call(operator, "PATCH", "/v1/admin/quotas/poor", {"daily_requests_limit": 0})
        for stream in (False, True):
            with self.assertRaises(openai.APIStatusError) as used_up:
                poor.chat.completions.create(model="c1", messages=QUESTION, stream=stream)
            self.assertEqual((used_up.exception.status_code, used_up.exception.code), (402, "QUOTA_EXCEEDED"))
        node(self.server, poor.api_key, 402)
        with self.server.stopped(operator, "kill.run"):
            with self.assertRaises(openai.InternalServerError) as killed:
                self.client.chat.completions.create(model="c1", messages=QUESTION)
            self.assertEqual((killed.exception.status_code, killed.exception.code), (503, "FEATURE_TEMPORARILY_DISABLED"))
            node(self.server, self.reader, 503)

    def test_node(self):
        node(self.server, self.reader)


class Writes(unittest.TestCase):
    """Answers of a language model that takes its time, behind the usual limits."""

    @classmethod
    def setUpClass(cls):
        cls.model = Model()
        cls.addClassCleanup(cls.model.close)
        model = {"LLM_PROVIDER": "openai", "OPENAI_BASE_URL": cls.model.url, "OPENAI_API_KEY": "unused"}
        cls.server = Server(RATE_LIMIT_ENABLED="true", RL_KEY_READ_BURST="1000", RL_TENANT_READ_BURST="1000", **model)
        cls.addClassCleanup(cls.server.close)
        cls.server.library()

    def client(self, **options):
        key = self.server.key("acme", "reader")
        return openai.OpenAI(base_url=f"{self.server.url}/v1", api_key=key, **options)

    def test_tokens_come_as_they_are_written_and_are_counted(self):
        stream = self.client().chat.completions.create(
            model="c1", messages=QUESTION, stream=True, stream_options={"include_usage": True}
        )
        times, usage = [], None
        for chunk in stream:
            usage = chunk.usage or usage
            if chunk.choices and chunk.choices[0].delta.content:
                times.append(time.monotonic())
        self.assertGreater(times[-1] - times[0], 1.0, "the words came all at once")
        self.assertEqual((usage.prompt_tokens, usage.completion_tokens, usage.estimated), (321, 40, False))

    def test_cancel_means_cancel(self):
        for streams in (True, False):
            self.model.hung_up.clear()
            client = self.client(max_retries=0, timeout=1.0)
            if streams:
                stream = client.chat.completions.create(model="c1", messages=QUESTION, stream=True)
                for _, _ in zip(range(5), stream):
                    pass
                stream.close()
            else:
                with self.assertRaises(openai.APITimeoutError):
                    client.chat.completions.create(model="c1", messages=QUESTION)
            self.assertTrue(self.model.hung_up.wait(5), "the model goes on though nobody listens")

    def test_limits_and_coming_again(self):
        client = self.client(max_retries=0)
        ask = lambda client: client.chat.completions.create(model="c1", messages=QUESTION, max_tokens=2)
        self.assertEqual(ask(client).choices[0].finish_reason, "length")
        with self.assertRaises(openai.RateLimitError) as limited:
            ask(client)
        self.assertEqual((limited.exception.code, limited.exception.type), ("RATE_LIMITED", "rate_limit_error"))
        self.assertGreaterEqual(int(limited.exception.response.headers["retry-after"]), 1)
        self.assertEqual(limited.exception.response.headers["x-ratelimit-route-class"], "run")
        node(self.server, client.api_key, 429)
        # A client that comes again when it is told to gets its answer.
        ask(client.with_options(max_retries=4))


if __name__ == "__main__":
    unittest.main()
