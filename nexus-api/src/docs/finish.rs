//! What every operation of the document has in common: who may call it, how it can fail, and the header that names the
//! request. Handlers describe only what is their own.

use std::collections::{BTreeMap, BTreeSet};

use utoipa::openapi::{
    Components, ContactBuilder, HeaderBuilder, InfoBuilder, License, OpenApi, PathItem, Ref, RefOr, Response,
    ResponseBuilder, SecurityRequirement, Server, Type,
    content::ContentBuilder,
    path::Operation,
    schema::ObjectBuilder,
    security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

use super::{examples, headers, refer, tags};
use crate::http::{context::Surface, dialect};

/// Operations that ask for no credential.
const PUBLIC: [&str; 4] = ["/v1/health", "/v1/healthz", "/v1/readyz", "/v1/metrics"];

/// How an operation can fail: the status, the name in the document, the sentence, and the code of its example.
const FAILURES: [(&str, &str, &str, &str); 14] = [
    ("400", "BadRequest", "The request cannot be understood.", "BAD_REQUEST"),
    ("401", "Unauthorized", "There is no credential, or not a valid one.", "AUTH_UNAUTHORIZED"),
    ("402", "PaymentRequired", "A quota or a budget is used up.", "QUOTA_EXCEEDED"),
    ("403", "Forbidden", "The caller may not do this.", "AUTH_FORBIDDEN"),
    ("404", "NotFound", "There is no such thing in the caller's tenant.", "NOT_FOUND"),
    ("405", "MethodNotAllowed", "The path exists, the method does not.", "METHOD_NOT_ALLOWED"),
    ("408", "RequestTimeout", "The body did not arrive in time.", "REQUEST_TIMEOUT"),
    ("409", "Conflict", "The state of the thing does not allow this.", "CONFLICT"),
    ("413", "PayloadTooLarge", "The body is larger than the limit.", "PAYLOAD_TOO_LARGE"),
    ("415", "UnsupportedMediaType", "The content type is not read here.", "UNSUPPORTED_MEDIA_TYPE"),
    ("422", "UnprocessableContent", "A field is not valid; `details.errors` names each.", "REQUEST_VALIDATION_ERROR"),
    ("429", "TooManyRequests", "Too many requests; `Retry-After` says when to come again.", "RATE_LIMITED"),
    ("500", "InternalError", "An unexpected failure.", "INTERNAL_ERROR"),
    ("503", "ServiceUnavailable", "Not available for now.", "SERVICE_UNAVAILABLE"),
];

/// What the names of refusals in OpenAI's form begin with.
const OPENAI: &str = "OpenAi";
const WITH_BODY: [&str; 3] = ["408", "413", "415"];
const OF_PUBLIC: [&str; 2] = ["500", "503"];
/// A method that the document names is never answered so.
const NEVER_OF_AN_OPERATION: &str = "405";

/// Completes the document that the handlers make.
#[must_use]
pub fn finish(mut openapi: OpenApi) -> OpenApi {
    openapi.info = InfoBuilder::new()
        .title("NexusRAG API")
        .version("v1")
        .description(Some("Ask questions of documents that the caller may read, and get answers with sources."))
        .contact(Some(ContactBuilder::new().name(Some("The maintainers of NexusRAG")).build()))
        .license(Some(license()))
        .build();
    openapi.servers = Some(vec![Server::new("/")]);
    let components = openapi.components.get_or_insert_with(Components::new);
    complete(components);
    refer::to_named(components);
    name_apart(&mut openapi.paths.paths);
    let bodies = examples::bodies();
    for (path, item) in &mut openapi.paths.paths {
        let public = PUBLIC.contains(&path.as_str());
        let form = if Surface::of(path) == Surface::OpenAi { OPENAI } else { "" };
        for operation in operations(item) {
            finish_operation(operation, public, form);
            examples::show(operation, &bodies);
        }
        headers::describe(item);
    }
    openapi.tags = Some(tags::of(&openapi.paths));
    openapi
}

fn license() -> License {
    let mut license = License::new("Apache License 2.0");
    license.identifier = Some("Apache-2.0".to_owned());
    license
}

fn finish_operation(operation: &mut Operation, public: bool, form: &str) {
    // A handler says `security(())` for itself when it authenticates by other means.
    let security = operation.security.get_or_insert_with(|| {
        if public { Vec::new() } else { vec![SecurityRequirement::new::<_, [&str; 0], &str>("BearerAuth", [])] }
    });
    let public = public || security.is_empty();
    let has_body = operation.request_body.is_some();
    for (status, name, ..) in FAILURES {
        let applies = match status {
            NEVER_OF_AN_OPERATION => false,
            _ if public => OF_PUBLIC.contains(&status) || (has_body && status != "402" && status != "403"),
            _ => has_body || !WITH_BODY.contains(&status),
        };
        if applies {
            let shared = || RefOr::Ref(Ref::new(format!("#/components/responses/{form}{name}")));
            operation.responses.responses.entry(status.to_owned()).or_insert_with(shared);
        }
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response {
            finish_response(status, response);
        }
    }
}

/// A response without a description makes the document invalid.
fn finish_response(status: &str, response: &mut Response) {
    if response.description.trim().is_empty() {
        let known = status.parse::<u16>().ok().and_then(|s| http::StatusCode::from_u16(s).ok());
        known.and_then(|s| s.canonical_reason()).unwrap_or("The answer").clone_into(&mut response.description);
    }
    let header = || RefOr::Ref(Ref::new("#/components/headers/X-Request-Id"));
    response.headers.entry("X-Request-Id".to_owned()).or_insert_with(header);
}

fn complete(components: &mut Components) {
    let bearer =
        HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("An API key or a session token.")).build();
    components.add_security_scheme("BearerAuth", SecurityScheme::Http(bearer));
    let id = HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).max_length(Some(128))))
        .description(Some("The id of the request, as in `meta.request_id` and in the log."))
        .build();
    components.headers.insert("X-Request-Id".to_owned(), id.into());
    headers::complete(components);
    for (name, schema) in error_schemas() {
        components.schemas.entry(name).or_insert(schema);
    }
    for (status, name, sentence, code) in FAILURES {
        for (form, mut response) in [("", failure(sentence, code)), (OPENAI, failure_as_openai(status, sentence, code))]
        {
            if form == OPENAI && status == NEVER_OF_AN_OPERATION {
                continue;
            }
            headers::describe_failure(status, &mut response);
            components.responses.entry(format!("{form}{name}")).or_insert_with(|| response.into());
        }
    }
}

fn failure(sentence: &str, code: &str) -> Response {
    let error = serde_json::json!({ "code": code, "message": sentence });
    let meta = serde_json::json!({ "request_id": "0198c0de-7c5e-7b1a-9d3f-2f6c1d8e4a10", "api_version": "v1" });
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("ErrorEnvelope")))
        .example(Some(serde_json::json!({ "error": error, "meta": meta })))
        .build();
    let mut response = ResponseBuilder::new().description(sentence).content("application/json", content).build();
    finish_response("", &mut response);
    response
}

/// The same in OpenAI's form.
fn failure_as_openai(status: &str, sentence: &str, code: &str) -> Response {
    let family = status.parse().map_or("server_error", dialect::family);
    let error = serde_json::json!({ "message": sentence, "type": family, "param": null, "code": code });
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("ChatError")))
        .example(Some(serde_json::json!({ "error": error })))
        .build();
    let mut response = ResponseBuilder::new().description(sentence).content("application/json", content).build();
    finish_response("", &mut response);
    response
}

type Schema = RefOr<utoipa::openapi::Schema>;

/// The schema of errors, with those that it names.
fn error_schemas() -> Vec<(String, Schema)> {
    use nexus_sdk::wire::{ChatError, ChatErrorBody, ErrorBody, ErrorEnvelope, Meta};
    use utoipa::{PartialSchema as _, ToSchema as _};
    vec![
        (ErrorEnvelope::name().into_owned(), ErrorEnvelope::schema()),
        (ErrorBody::name().into_owned(), ErrorBody::schema()),
        (Meta::name().into_owned(), Meta::schema()),
        (ChatError::name().into_owned(), ChatError::schema()),
        (ChatErrorBody::name().into_owned(), ChatErrorBody::schema()),
    ]
}

/// Handlers of different files share names such as `list`, and one that has no `operation_id` is called after its
/// function; an operation's id must be its own, because it becomes a method of generated clients.
fn name_apart<'a>(paths: impl IntoIterator<Item = (&'a String, &'a mut PathItem)>) {
    let mut items: Vec<_> = paths.into_iter().collect();
    let mut counts = BTreeMap::<String, usize>::new();
    for operation in items.iter_mut().flat_map(|(_, item)| operations(item)) {
        *counts.entry(operation.operation_id.clone().unwrap_or_default()).or_default() += 1;
    }
    let shared: BTreeSet<_> = counts.into_iter().filter(|(_, n)| *n > 1).map(|(id, _)| id).collect();
    for (path, item) in items {
        for operation in operations(item) {
            let id = operation.operation_id.clone().unwrap_or_default();
            if id.is_empty() || shared.contains(&id) {
                let tail = path.trim_start_matches("/v1");
                let words = tail.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty());
                let noun = words.collect::<Vec<_>>().join("_");
                operation.operation_id = Some(format!("{id}_{noun}").trim_matches('_').to_owned());
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, options, head, patch, trace, .. } = item;
    [get, put, post, delete, options, head, patch, trace].into_iter().filter_map(Option::as_mut)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::unused_async, dead_code)]
    use serde_json::Value;
    use utoipa::OpenApi as _;

    use super::*;

    mod documents {
        #[utoipa::path(get, path = "/v1/documents", responses((status = 200)))]
        pub async fn list() {}
        #[utoipa::path(post, path = "/v1/documents", request_body = String, responses((status = 409, description = "own")))]
        pub async fn create() {}
    }
    mod corpora {
        #[utoipa::path(get, path = "/v1/corpora/{id}", responses((status = 200, description = "ok")))]
        pub async fn list() {}
        #[utoipa::path(get, path = "/v1/health", responses((status = 200, description = "ok")))]
        pub async fn health() {}
    }

    #[derive(utoipa::OpenApi)]
    #[openapi(paths(documents::list, documents::create, corpora::list, corpora::health))]
    struct Api;

    fn document() -> Value {
        serde_json::to_value(finish(Api::openapi())).unwrap()
    }

    #[test]
    fn every_response_has_a_description_and_names_the_request() {
        let document = document();
        for (path, item) in document["paths"].as_object().unwrap() {
            for operation in item.as_object().unwrap().values() {
                for response in operation["responses"].as_object().unwrap().values() {
                    let shared = response["$ref"].as_str().map(|r| r.trim_start_matches('#').to_owned());
                    let response = shared.map_or(response, |pointer| document.pointer(&pointer).unwrap());
                    assert!(!response["description"].as_str().unwrap().is_empty(), "{path}");
                    assert!(response["headers"]["X-Request-Id"].is_object(), "{path}");
                }
            }
        }
    }

    #[test]
    fn only_public_operations_ask_for_no_credential() {
        let paths = &document()["paths"];
        assert_eq!(paths["/v1/documents"]["get"]["security"][0]["BearerAuth"], serde_json::json!([]));
        assert_eq!(paths["/v1/health"]["get"]["security"], serde_json::json!([]));
        assert!(paths["/v1/health"]["get"]["responses"].get("401").is_none());
        assert!(paths["/v1/documents"]["get"]["responses"].get("413").is_none());
        assert!(paths["/v1/documents"]["post"]["responses"].get("413").is_some());
        assert_eq!(paths["/v1/documents"]["post"]["responses"]["409"]["description"], "own");
    }

    #[test]
    fn ids_of_operations_are_their_own() {
        let paths = &document()["paths"];
        assert_eq!(paths["/v1/documents"]["get"]["operationId"], "list_documents");
        assert_eq!(paths["/v1/corpora/{id}"]["get"]["operationId"], "list_corpora_id");
        assert_eq!(paths["/v1/documents"]["post"]["operationId"], "create");
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document();
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(document.pointer(reference).is_some(), "{reference}");
        }
    }
}
