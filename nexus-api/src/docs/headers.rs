//! The headers that gates read and write, described once for all operations that they guard.

use nexus_authz::permission::{self, Entry, RouteClass};
use utoipa::openapi::{
    Components, HeaderBuilder, ObjectBuilder, PathItem, Ref, RefOr, Required, Response, Type,
    path::{Operation, Parameter, ParameterBuilder, ParameterIn},
};

/// What every answer of a guarded operation says: the name of the header, and a sentence.
const STANDINGS: [(&str, &str); 11] = [
    (
        "RateLimit-Policy",
        "The rate limits of the key and of the tenant: requests at once, and the seconds to regain them.",
    ),
    ("RateLimit", "How many requests are left of both, and in how many seconds both are full."),
    ("X-RateLimit-Status", "`ok`, or `degraded` while replicas count by themselves."),
    ("X-Quota-Day-Limit", "The units that the tenant may use today, in UTC; `unlimited` for no limit."),
    ("X-Quota-Day-Used", "The units used today, those of this request included."),
    ("X-Quota-Day-Remaining", "The units left today; `unlimited` without a limit."),
    ("X-Quota-Month-Limit", "The units that the tenant may use this month; `unlimited` for no limit."),
    ("X-Quota-Month-Used", "The units used this month."),
    ("X-Quota-Month-Remaining", "The units left this month; `unlimited` without a limit."),
    ("X-Quota-SoftCap-Reached", "`true` when so much of a limit is used that the tenant should know."),
    ("X-Quota-HardCap-Mode", "`enforce` where a limit refuses requests, `observe` where it only tells."),
];
/// What runs and searches say when they are answered, and when they are shed.
const LEVELS: [(&str, &str); 5] = [
    ("X-SLA-Status", "How the service level of the tenant's runs does: `healthy`, `warning` or `breached`."),
    ("X-SLA-Policy-Id", "The policy that counts; empty without one."),
    ("X-SLA-Decision", "What is done about it: `allow`, `warn`, `degrade` or `shed`."),
    ("X-SLA-Route-Class", "Whose service level that is: `run`."),
    ("X-SLA-Window-End", "When the newest window ends that was judged; empty without one."),
];
const REPLAYED: (&str, &str) =
    ("Idempotency-Replayed", "`true` when this answer was given before, for the same request.");
const RETRY_AFTER: (&str, &str) = ("Retry-After", "In how many seconds to come again.");
const KEY: &str = "Idempotency-Key";

/// Describes the headers that operations refer to.
pub(super) fn complete(components: &mut Components) {
    for (name, sentence) in STANDINGS.into_iter().chain(LEVELS).chain([REPLAYED, RETRY_AFTER]) {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let header = HeaderBuilder::new().schema(Some(text)).description(Some(sentence)).build();
        components.headers.insert(name.to_owned(), header.into());
    }
    components.parameters.insert(KEY.to_owned(), key().into());
}

/// Adds the headers of the gates that an operation passes.
pub(super) fn describe(item: &mut PathItem) {
    let PathItem { get, put, post, delete, patch, .. } = item;
    let all = [(get, false), (put, true), (post, true), (delete, true), (patch, true)];
    for (operation, writes) in all {
        let Some(operation) = operation else { continue };
        let Some(Entry { name, class, .. }) = entry(operation) else { continue };
        for (name, _) in STANDINGS {
            add(operation, |_| true, name);
        }
        for (header, _) in LEVELS.iter().filter(|_| ["run.invoke", "corpus.search"].contains(name)) {
            add(operation, |status| ["200", "503"].contains(&status), header);
        }
        if writes && changes(*class) {
            let key = RefOr::Ref(Ref::new(format!("#/components/parameters/{KEY}")));
            operation.parameters.get_or_insert_default().push(key);
            add(operation, |status| status.starts_with('2'), REPLAYED.0);
        }
    }
}

/// A refusal that says when to come again says so in a header too.
pub(super) fn describe_failure(status: &str, response: &mut Response) {
    if matches!(status, "409" | "429" | "503") {
        response.headers.insert(RETRY_AFTER.0.to_owned(), reference(RETRY_AFTER.0));
    }
}

/// Whether an operation changes something. What is looked for or simulated by `POST` changes nothing, and its permission
/// says so; a question is not repeated but resumed.
fn changes(class: RouteClass) -> bool {
    matches!(class, RouteClass::Mutation | RouteClass::Ops)
}

fn entry(operation: &Operation) -> Option<&'static Entry> {
    let name = operation.extensions.as_ref()?.get("x-permission")?.as_str()?;
    permission::ALL.iter().find(|entry| entry.name == name)
}

fn add(operation: &mut Operation, of: impl Fn(&str) -> bool, name: &str) {
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && of(status)
        {
            response.headers.entry(name.to_owned()).or_insert_with(|| reference(name));
        }
    }
}

fn reference<T>(name: &str) -> RefOr<T> {
    RefOr::Ref(Ref::new(format!("#/components/headers/{name}")))
}

fn key() -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(128));
    ParameterBuilder::new()
        .name(KEY)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "A name for this change, such as a UUID. The same request with the same name happens once and gets the same \
             answer, for a day; another request with it is refused.",
        ))
        .schema(Some(text))
        .build()
}
