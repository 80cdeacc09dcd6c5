//! The tools by name, as clients see them, and the server that offers them.

use std::sync::{Arc, LazyLock};

use http::{header, request::Parts};
use nexus_sdk::wire;
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, Implementation, ListToolsResult,
        PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
    },
    service::{NotificationContext, RequestContext},
};
use serde_json::{Value, json};

use super::{call, schema};
use crate::{
    app::Platform,
    http::{Context, Refusal},
};

/// What a client is told before it knows any tool.
const INSTRUCTIONS: &str = "\
Answers questions from documents that the caller may read, and cites the exact characters they rest on. \
`list_corpora` names the sets of documents; `search` finds passages; `ask` writes a cited answer; `get_document` reads \
the text around a citation.";

static TOOLS: LazyLock<Vec<Tool>> = LazyLock::new(|| {
    vec![
        tool::<wire::ToolListCorpora, wire::ToolCorpora>(
            "list_corpora",
            "List corpora",
            "Lists the corpora that can be searched and asked, oldest first.",
        ),
        tool::<wire::ToolSearch, wire::SearchResults>(
            "search",
            "Search passages",
            "Finds the passages of a corpus that fit a question best, among the documents that the caller may read. Each has \
             its document, its exact characters and a score. Nothing is written.",
        ),
        tool::<wire::ToolAsk, wire::ToolAnswer>(
            "ask",
            "Ask a question",
            "Answers a question from the documents of a corpus that the caller may read, with citations. Says so when no \
             document supports an answer.",
        ),
        tool::<wire::ToolGetDocument, wire::ToolDocument>(
            "get_document",
            "Read a document",
            "Reads what is known of a document and the text between two characters, such as around a citation.",
        ),
    ]
});

/// Every tool only reads what is kept here. An answer is not the same twice.
fn tool<Takes: utoipa::ToSchema, Gives: utoipa::ToSchema>(
    name: &'static str,
    title: &'static str,
    about: &'static str,
) -> Tool {
    let hints = ToolAnnotations::with_title(title).read_only(true).destructive(false).open_world(false);
    Tool::new(name, about, Arc::new(schema::of::<Takes>()))
        .with_title(title)
        .with_raw_output_schema(Arc::new(schema::of::<Gives>()))
        .with_annotations(hints.idempotent(name != "ask"))
}

/// The server of the tools. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Tools {
    platform: Platform,
}

impl Tools {
    pub(super) fn new(platform: Platform) -> Self {
        Self { platform }
    }
}

impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("nexusrag", env!("CARGO_PKG_VERSION")).with_title("NexusRAG"))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(TOOLS.clone()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        TOOLS.iter().find(|tool| tool.name == name).cloned()
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(parts) = context.extensions.get::<Parts>().cloned() else {
            return Err(ErrorData::internal_error("the message did not come by HTTP", None));
        };
        let Some(tool) = call::Named::of(&request.name) else {
            return Err(ErrorData::invalid_params(format!("there is no tool {:?}", short(&request.name)), None));
        };
        let told = parts.extensions.get::<Context>().cloned();
        let call = Box::pin(tool.call(&self.platform, parts, request.arguments.unwrap_or_default()));
        let said = tokio::select! {
            biased;
            // The client hung up: nobody waits for what a model would still write.
            () = context.ct.cancelled() => return Err(ErrorData::internal_error("cancelled", None)),
            said = call => said,
        };
        let outcome = said.as_ref().map_or_else(|refusal| refusal.code().as_str(), |_| "ok");
        metrics::counter!("nexusrag_mcp_calls_total", "tool" => tool.name(), "outcome" => outcome).increment(1);
        if let (Err(refusal), Some(context)) = (&said, told) {
            tell(&context, refusal);
        }
        Ok(said
            .map_or_else(|refusal| CallToolResult::structured_error(error(&refusal)), CallToolResult::structured)
            .into())
    }

    async fn on_initialized(&self, _: NotificationContext<RoleServer>) {}
}

/// A refusal as a tool tells it: the same code and facts as of the route.
fn error(refusal: &Refusal) -> Value {
    let mut error = json!({ "code": refusal.code().as_str(), "message": refusal.message() });
    if let (Some(facts), Some(error)) = (refusal.facts(), error.as_object_mut()) {
        error.insert("details".into(), facts.clone());
    }
    let after = refusal.headers().get(header::RETRY_AFTER).and_then(|after| after.to_str().ok()?.parse::<u64>().ok());
    if let (Some(seconds), Some(error)) = (after, error.as_object_mut()) {
        error.insert("retry_after".into(), json!(seconds));
    }
    json!({ "error": error })
}

/// The headers of a refusal, on the answer that carries it.
fn tell(context: &Context, refusal: &Refusal) {
    for (name, value) in refusal.headers() {
        context.tell(name.clone(), value.clone());
    }
}

fn short(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(64).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_tool_is_called_by_its_name_and_says_that_it_only_reads() {
        for tool in TOOLS.iter() {
            assert!(call::Named::of(&tool.name).is_some(), "{}", tool.name);
            assert_eq!(tool.annotations.as_ref().unwrap().read_only_hint, Some(true));
            assert_eq!(tool.input_schema.get("type"), Some(&json!("object")));
            assert_eq!(tool.output_schema.as_ref().unwrap().get("type"), Some(&json!("object")));
        }
        assert!(call::Named::of("delete_everything").is_none());
    }
}
