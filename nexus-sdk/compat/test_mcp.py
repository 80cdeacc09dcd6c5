"""The official client of the Model Context Protocol, over HTTP and over standard input and output."""

import contextlib
import unittest

import httpx2
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from server import BINARY, Server

QUESTION = {"corpus_id": "c1", "question": "Who approves larger changes, der Rat?"}


class Tools(unittest.IsolatedAsyncioTestCase):
    """Each test is done over both transports, with the older handshake and with the newest version."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server(RATE_LIMIT_ENABLED="false")
        cls.addClassCleanup(cls.server.close)
        cls.admin, cls.reader = cls.server.library()

    @contextlib.asynccontextmanager
    async def over_http(self, key, mode):
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=30) as http:
            transport = streamable_http_client(f"{self.server.url}/mcp", http_client=http)
            async with Client(transport, mode=mode) as client:
                yield client

    @contextlib.asynccontextmanager
    async def over_stdio(self, key, mode):
        env = {"NEXUS_URL": self.server.url, "NEXUS_API_KEY": key}
        parameters = StdioServerParameters(command=BINARY, args=["mcp"], env=env)
        async with Client(stdio_client(parameters), mode=mode) as client:
            yield client

    async def everywhere(self, key, story):
        for way in (self.over_http, self.over_stdio):
            for mode in ("legacy", "auto"):
                with self.subTest(way=way.__name__, mode=mode):
                    async with way(key, mode) as client:
                        await story(client)

    async def test_tools_are_listed_with_schemas_and_hints(self):
        async def story(client):
            self.assertEqual(client.server_info.name, "nexusrag")
            tools = (await client.list_tools()).tools
            self.assertEqual([tool.name for tool in tools], ["list_corpora", "search", "ask", "get_document"])
            self.assertTrue(all(tool.annotations.read_only_hint and tool.output_schema for tool in tools))

        await self.everywhere(self.reader, story)

    async def test_a_question_is_answered_and_its_citations_read(self):
        async def story(client):
            corpora = await client.call_tool("list_corpora", {})
            self.assertEqual([corpus["id"] for corpus in corpora.structured_content["corpora"]], ["c1"])
            found = await client.call_tool("search", {"corpus_id": "c1", "query": "changes", "top_k": 2})
            self.assertFalse(found.is_error)
            self.assertEqual(found.structured_content["items"][0]["document_id"], "changes")
            # The client checks each result against the schema that the tool names.
            answer = (await client.call_tool("ask", QUESTION)).structured_content
            self.assertTrue(answer["citations"])
            for cited in answer["citations"]:
                span = {"document_id": cited["document_id"], "start": cited["start"], "end": cited["end"]}
                read = (await client.call_tool("get_document", span)).structured_content
                self.assertEqual(read["text"]["text"], cited["quote"])
            more = {**QUESTION, "session_id": answer["session_id"]}
            self.assertEqual((await client.call_tool("ask", more)).structured_content["session_id"], answer["session_id"])

        await self.everywhere(self.reader, story)

    async def test_what_is_refused_is_an_error_of_the_tool(self):
        async def story(client):
            for tool, arguments, code in [
                ("search", {"corpus_id": "nothing", "query": "x"}, "NOT_FOUND"),
                ("search", {"corpus_id": "c1", "query": "x", "top_k": 51}, "REQUEST_VALIDATION_ERROR"),
                ("get_document", {"document_id": "nothing"}, "NOT_FOUND"),
            ]:
                refused = await client.call_tool(tool, arguments)
                self.assertTrue(refused.is_error)
                self.assertEqual(refused.structured_content["error"]["code"], code)

        await self.everywhere(self.reader, story)

    async def test_a_quota_and_a_switch(self):
        def story(code):
            async def told(client):
                refused = await client.call_tool("ask", QUESTION)
                self.assertEqual(refused.structured_content["error"]["code"], code)

            return told

        operator = self.server.key("ops", "operator")
        with self.server.stopped(operator, "kill.run"):
            await self.everywhere(self.reader, story("FEATURE_TEMPORARILY_DISABLED"))
        _, poor = self.server.library("poor")
        self.server.call(operator, "PATCH", "/v1/admin/quotas/poor", {"daily_requests_limit": 0})
        await self.everywhere(poor, story("QUOTA_EXCEEDED"))

    async def test_another_tenant_sees_nothing(self):
        async def story(client):
            self.assertEqual((await client.call_tool("list_corpora", {})).structured_content["corpora"], [])
            for tool, arguments in [("ask", QUESTION), ("get_document", {"document_id": "changes"})]:
                refused = await client.call_tool(tool, arguments)
                self.assertEqual(refused.structured_content["error"]["code"], "NOT_FOUND")

        await self.everywhere(self.server.key("other", "admin"), story)

    async def test_a_key_that_is_not_known_opens_nothing(self):
        for way in (self.over_http, self.over_stdio):
            with self.subTest(way=way.__name__), self.assertRaises(Exception):
                async with way("nrgk_made_up", "legacy"):
                    pass


if __name__ == "__main__":
    unittest.main()
