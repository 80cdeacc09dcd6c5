//! The headers that gates read and write, described once for all operations that they guard.

use nexus_authz::permission::{self, Entry, RouteClass};
use utoipa::openapi::{
    Components, HeaderBuilder, ObjectBuilder, PathItem, Ref, RefOr, Required, Response, Type,
    path::{Operation, Parameter, ParameterBuilder, ParameterIn},
};

use crate::sla::bound_by;

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
/// What is said besides of a request that came too soon.
const TOO_SOON: [(&str, &str); 3] = [
    ("X-RateLimit-Scope", "Whose limit refuses: `api_key`, `tenant` or `address`."),
    ("X-RateLimit-Route-Class", "The class of routes that the limit is for: `run`, `mutation`, `read` or `ops`."),
    ("X-RateLimit-Retry-After-Ms", "In how many milliseconds to come again."),
];
/// What runs, searches and the taking in of documents say of the service level.
const LEVELS: [(&str, &str); 5] = [
    ("X-SLA-Status", "How the service level stands: `healthy`, `warning` or `breached`."),
    ("X-SLA-Policy-Id", "The policy that counts; empty without one."),
    ("X-SLA-Decision", "What is done about it: `allow`, `warn`, `degrade` or `shed`."),
    ("X-SLA-Route-Class", "What the request is measured as."),
    ("X-SLA-Window-End", "The end of the window that was judged; empty before the first."),
];
/// What they say of the budget, where the plan shows costs.
const BUDGETS: [(&str, &str); 5] = [
    ("X-Cost-Month-Budget-Usd", "The budget of the month; `0` without one."),
    ("X-Cost-Month-Spend-Usd", "What is spent and reserved this month, this request included."),
    ("X-Cost-Month-Remaining-Usd", "What is left of the budget; `0` without one."),
    ("X-Cost-Status", "`ok`, `warn`, `capped` or `degraded`."),
    ("X-Cost-Estimated", "`true` where usage is estimated or has no price."),
];
const REPLAYED: (&str, &str) =
    ("Idempotency-Replayed", "`true` when this answer was given before, for the same request.");
const RETRY_AFTER: (&str, &str) = ("Retry-After", "In how many seconds to come again.");
/// Refusals that may say when to come again.
const COME_AGAIN: [&str; 3] = ["409", "429", "503"];
/// Refusals of callers that are known.
const BEHIND_GATES: [&str; 9] = ["400", "402", "403", "404", "408", "409", "413", "415", "422"];
const KEY: &str = "Idempotency-Key";

/// Describes the headers that operations refer to.
pub(super) fn complete(components: &mut Components) {
    let told = STANDINGS.into_iter().chain(TOO_SOON).chain(LEVELS).chain(BUDGETS);
    for (name, sentence) in told.chain([REPLAYED, RETRY_AFTER]) {
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
        let Some(entry) = entry(operation) else { continue };
        for (name, _) in STANDINGS {
            add(operation, |_| true, name);
        }
        // What a service level binds spends money as well.
        if bound_by(*entry).is_some() {
            for (name, _) in LEVELS.into_iter().chain(BUDGETS) {
                add(operation, |_| true, name);
            }
        }
        add(operation, |status| COME_AGAIN.contains(&status), RETRY_AFTER.0);
        if writes && changes(entry.class) {
            let key = RefOr::Ref(Ref::new(format!("#/components/parameters/{KEY}")));
            operation.parameters.get_or_insert_default().push(key);
            add(operation, |status| status.starts_with('2'), REPLAYED.0);
        }
    }
}

/// A refusal that says when to come again says so in a header too, and who is known is told where it stands.
pub(super) fn describe_failure(status: &str, response: &mut Response) {
    let mut add = |name: &str| response.headers.insert(name.to_owned(), reference(name));
    if COME_AGAIN.contains(&status) {
        add(RETRY_AFTER.0);
    }
    if BEHIND_GATES.contains(&status) {
        for (name, _) in STANDINGS {
            add(name);
        }
    }
    if status == "429" {
        for (name, _) in TOO_SOON {
            add(name);
        }
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
