//! A bucket that hangs, fails, refuses or sends pages: each costs at most its limit, is left alone after that, and is used
//! again when it is well. What is not its fault does not count against it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{Method, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};
use futures::StreamExt as _;
use nexus_core::{
    clock::Clock,
    id::{DocumentId, TenantId},
    op::Op,
    problem::{Code, Problem as _},
    resilience::{Integration, Integrations, Phase, ResilienceSettings},
    shared::{Shared, SharedSettings},
};
use nexus_retrieval::{
    document::{DocumentError, source::Sources},
    objects::{ObjectError, Objects, ShelfError},
};
use object_store::{aws::AmazonS3Builder, path::Path};

/// What the store does with every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Well,
    /// Never answers.
    Silent,
    /// Begins to answer and stops.
    Stalled,
    Failing,
    /// A portal that answers in the place of the store.
    Page,
    /// An answer without end to a request for a list, and one cut off to any other.
    Babbling,
    Refusing,
    Malformed,
    /// Asks for patience, as S3 does.
    SlowDown,
}

#[derive(Debug, Default)]
struct Inside {
    mood: Option<Mood>,
    asked: usize,
    objects: BTreeMap<String, Bytes>,
}

/// A store of one bucket, in memory.
#[derive(Clone, Default)]
struct Double(Arc<Mutex<Inside>>);

impl Double {
    async fn start() -> (Self, String) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let double = Self::default();
        let app = Router::new().fallback(reply).with_state(double.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        (double, endpoint)
    }

    fn is(&self, mood: Mood) {
        self.0.lock().unwrap().mood = Some(mood);
    }

    fn asked(&self) -> usize {
        self.0.lock().unwrap().asked
    }
}

async fn reply(State(double): State<Double>, request: Request) -> Response {
    let mood = {
        let mut inside = double.0.lock().unwrap();
        inside.asked += 1;
        inside.mood.unwrap_or(Mood::Well)
    };
    let is_list = request.method() == Method::GET && request.uri().query().is_some();
    let whole = [(header::ETAG, "\"x\""), (header::LAST_MODIFIED, "Thu, 01 Jan 2026 00:00:00 GMT")];
    match mood {
        Mood::Well => work(&double, request, whole).await,
        Mood::Silent => std::future::pending().await,
        Mood::Failing => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Mood::Page => Html("<html>welcome to the airport</html>").into_response(),
        Mood::Refusing => StatusCode::FORBIDDEN.into_response(),
        Mood::Malformed => (StatusCode::BAD_REQUEST, "<Error><Code>InvalidRequest</Code></Error>").into_response(),
        Mood::SlowDown => {
            let pause = [(header::RETRY_AFTER, "0")];
            (StatusCode::SERVICE_UNAVAILABLE, pause, "<Error><Code>SlowDown</Code></Error>").into_response()
        }
        Mood::Stalled => {
            let pieces = futures::stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"<ListBucketResult>"))]);
            let body = Body::from_stream(pieces.chain(futures::stream::pending()));
            (whole, [(header::CONTENT_LENGTH, "100")], body).into_response()
        }
        Mood::Babbling if is_list => {
            let piece = Bytes::from(vec![b' '; 64 * 1024]);
            Body::from_stream(futures::stream::repeat_with(move || Ok::<_, std::io::Error>(piece.clone())))
                .into_response()
        }
        Mood::Babbling => {
            let broken = std::io::Error::other("cut off");
            let pieces = futures::stream::iter([Ok(Bytes::from_static(b"<html>")), Err(broken)]);
            (whole, [(header::CONTENT_LENGTH, "100")], Body::from_stream(pieces)).into_response()
        }
    }
}

async fn work(double: &Double, request: Request, whole: [(header::HeaderName, &str); 2]) -> Response {
    let (parts, body) = request.into_parts();
    let key = parts.uri.path().trim_start_matches("/bucket").trim_start_matches('/').to_owned();
    let body = axum::body::to_bytes(body, 1024 * 1024).await.unwrap();
    let mut inside = double.0.lock().unwrap();
    match (parts.method.as_str(), parts.uri.query()) {
        // Whoever stores what is not to be replaced is told that there is one.
        ("PUT", None) if parts.headers.contains_key(header::IF_NONE_MATCH) && inside.objects.contains_key(&key) => {
            (StatusCode::PRECONDITION_FAILED, "<Error><Code>PreconditionFailed</Code></Error>").into_response()
        }
        ("PUT", None) => {
            inside.objects.insert(key, body);
            whole.into_response()
        }
        ("GET" | "HEAD", None) => match inside.objects.get(&key) {
            Some(bytes) => (whole, bytes.clone()).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        },
        ("GET", Some(_)) => {
            let entry = |(key, bytes): (&String, &Bytes)| {
                let size = bytes.len();
                format!(
                    "<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>{size}</Size></Contents>"
                )
            };
            let entries: String = inside.objects.iter().map(entry).collect();
            format!("<ListBucketResult><Name>bucket</Name><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>")
                .into_response()
        }
        ("POST", Some(_)) => {
            let body = String::from_utf8(body.to_vec()).unwrap();
            let named = body.split("<Key>").nth(1).unwrap().split("</Key>").next().unwrap().to_owned();
            inside.objects.remove(&named);
            format!("<DeleteResult><Deleted><Key>{named}</Key></Deleted></DeleteResult>").into_response()
        }
        other => panic!("{other:?}"),
    }
}

const FAILURES: usize = 3;
const LIMIT: Duration = Duration::from_millis(400);
/// What no test on a loaded machine takes, and a client without a limit would.
const PATIENCE: Duration = Duration::from_mins(1);

fn integrations() -> Integrations {
    let settings = ResilienceSettings {
        failures: u32::try_from(FAILURES).unwrap(),
        backoff: Duration::from_millis(1),
        open_for: Duration::from_millis(500),
        ..ResilienceSettings::default()
    };
    Integrations::new(&Shared::local(&SharedSettings::default()), settings)
}

fn bucket(endpoint: &str, integrations: &Integrations, (limit, attempts): (Duration, u32)) -> Objects {
    let builder = AmazonS3Builder::new()
        .with_bucket_name("bucket")
        .with_region("eu-west-1")
        .with_access_key_id("AKIDEXAMPLE")
        .with_secret_access_key("secret")
        .with_endpoint(endpoint)
        .with_allow_http(true);
    let objects = Objects::s3(builder, "bucket", (limit, attempts)).unwrap();
    objects.connect(integrations);
    objects
}

async fn standing(integrations: &Integrations) -> (Phase, BTreeMap<String, Phase>) {
    let found = integrations.standings().await.into_iter().find(|s| s.integration == Integration::ObjectStore).unwrap();
    (found.phase, found.places)
}

#[derive(Debug, Clone, Copy)]
enum Verb {
    Put,
    Get,
    Head,
    List,
    Remove,
}

const VERBS: [Verb; 5] = [Verb::Put, Verb::Get, Verb::Head, Verb::List, Verb::Remove];

async fn ask(objects: &Objects, verb: Verb) -> Result<(), ObjectError> {
    let at = Path::from("sources/a");
    match verb {
        Verb::Put => objects.put(&at, "words".into()).await,
        Verb::Get => objects.get(&at, 100).await.map(|bytes| assert_eq!(bytes, "words")),
        Verb::Head => objects.head(&at).await.map(|found| assert_eq!(found.size, 5)),
        Verb::List => objects.list(&Path::from("sources"), None).await.map(|found| assert_eq!(found.len(), 1)),
        Verb::Remove => objects.remove(&at).await,
    }
}

/// Whether the mood shows in the answer to a verb: a portal's page looks well to whoever asks only for an end of the work.
fn shows(mood: Mood, verb: Verb) -> bool {
    match mood {
        // Nothing is read of the answer to these but its head.
        Mood::Stalled | Mood::Babbling => !matches!(verb, Verb::Put | Verb::Head),
        _ => true,
    }
}

#[tokio::test]
async fn a_store_that_is_not_well_costs_its_limit_and_is_left_alone() {
    let (double, endpoint) = Double::start().await;
    let integrations = integrations();
    for mood in [Mood::Silent, Mood::Stalled, Mood::Failing, Mood::Page, Mood::Babbling] {
        let objects = bucket(&endpoint, &integrations, (LIMIT, 2));
        for verb in VERBS.into_iter().filter(|verb| shows(mood, *verb)) {
            double.is(mood);
            let began = Instant::now();
            loop {
                let asked = double.asked();
                match ask(&objects, verb).await {
                    Err(ObjectError::Open { retry_after }) => {
                        assert_eq!(double.asked(), asked, "it is left alone");
                        assert!(retry_after > Duration::ZERO);
                        break;
                    }
                    Err(ObjectError::Store(_) | ObjectError::Late) => {}
                    other => panic!("{mood:?} {verb:?}: {other:?}"),
                }
            }
            assert!(began.elapsed() < PATIENCE, "{mood:?} {verb:?} took {:?}", began.elapsed());
            let (phase, places) = standing(&integrations).await;
            assert_ne!(phase, Phase::Closed);
            assert_eq!(places.keys().collect::<Vec<_>>(), ["bucket"], "a breaker for each bucket");
            double.is(Mood::Well);
            let back = async {
                while objects.put(&Path::from("sources/a"), "words".into()).await.is_err() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            tokio::time::timeout(PATIENCE, back).await.expect("it is used again");
            ask(&objects, verb).await.unwrap();
            assert_eq!(standing(&integrations).await.0, Phase::Closed);
        }
    }
}

#[tokio::test]
async fn what_is_not_the_fault_of_the_store_does_not_count_against_it() {
    let (double, endpoint) = Double::start().await;
    let integrations = integrations();
    let objects = bucket(&endpoint, &integrations, (PATIENCE, 2));
    for (mood, tries) in [(Mood::Refusing, 1), (Mood::Malformed, 1), (Mood::SlowDown, 2)] {
        double.is(mood);
        for verb in VERBS.into_iter().cycle().take(VERBS.len() * FAILURES) {
            let asked = double.asked();
            let error = ask(&objects, verb).await.unwrap_err();
            assert!(matches!(error, ObjectError::Store(_)), "{mood:?} {verb:?}: {error:?}");
            assert_eq!(double.asked() - asked, tries, "{mood:?} {verb:?}");
        }
    }
    double.is(Mood::Well);
    for _ in 0..2 * FAILURES {
        assert!(matches!(ask(&objects, Verb::Get).await, Err(ObjectError::NotFound)));
    }
    assert_eq!(standing(&integrations).await.0, Phase::Closed);
}

#[tokio::test]
async fn objects_come_back_as_they_were_and_no_larger_than_asked() {
    let (_double, endpoint) = Double::start().await;
    let integrations = integrations();
    let objects = bucket(&endpoint, &integrations, (PATIENCE, 1)).below("prefix".into());
    for verb in VERBS {
        ask(&objects, verb).await.unwrap();
    }
    ask(&objects, Verb::Remove).await.unwrap();
    assert!(matches!(ask(&objects, Verb::Head).await, Err(ObjectError::NotFound)), "it is gone");
    ask(&objects, Verb::Put).await.unwrap();
    assert!(matches!(objects.get(&"sources/a".into(), 4).await, Err(ObjectError::TooLarge(4))));
}

#[tokio::test]
async fn documents_say_what_became_of_their_store() {
    let (double, endpoint) = Double::start().await;
    let integrations = integrations();
    let sources = Sources::new(bucket(&endpoint, &integrations, (PATIENCE, 1)));
    let tenant = TenantId::new("t").unwrap();
    let (op, document) = (Op::internal(Clock::system().now()), DocumentId::new("a").unwrap());
    let put = async || {
        let ready = sources.ready(&op, &tenant).await?;
        let put = sources.put(&tenant, (&document, "sources/a"), ready, "words".into()).await;
        put.map(drop).map_err(DocumentError::from)
    };
    double.is(Mood::Failing);
    for _ in 0..FAILURES {
        assert_eq!(put().await.unwrap_err().code(), Code::ServiceUnavailable);
    }
    let refused = put().await.unwrap_err();
    assert_eq!(refused.code(), Code::IntegrationUnavailable);
    assert!(refused.retry_after().is_some());
    // A job waits while the store is left alone, and does not use up its attempts.
    double.is(Mood::Well);
    assert_eq!(sources.get(&tenant, &document, "sources/a").await.unwrap(), None);
    put().await.unwrap();
    assert_eq!(sources.get(&tenant, &document, "sources/a").await.unwrap().unwrap(), "words");
    assert_eq!(sources.size(&tenant, "sources/a").await.unwrap(), Some(5));
    sources.remove(&tenant, "sources/a").await.unwrap();
    assert_eq!(sources.size(&tenant, "sources/a").await.unwrap(), None);
}

#[tokio::test]
async fn one_tenant_does_not_have_all_places() {
    let (double, endpoint) = Double::start().await;
    let settings =
        ResilienceSettings { max_concurrency: 3, tenant_max_concurrency: 2, ..ResilienceSettings::default() };
    let integrations = Integrations::new(&Shared::local(&SharedSettings::default()), settings);
    let objects = bucket(&endpoint, &integrations, (PATIENCE, 1));
    let (a, b) = (TenantId::new("a").unwrap(), TenantId::new("b").unwrap());
    double.is(Mood::Silent);
    let mut held = Vec::new();
    for _ in 0..2 {
        let objects = objects.on_behalf_of(&a);
        held.push(tokio::spawn(async move { ask(&objects, Verb::Get).await }));
    }
    let began = Instant::now();
    while double.asked() < 2 {
        assert!(began.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let third = ask(&objects.on_behalf_of(&a), Verb::Get).await.unwrap_err();
    assert_eq!(DocumentError::from(ShelfError::from(third)).code(), Code::ServiceBusy);
    double.is(Mood::Well);
    assert!(matches!(ask(&objects.on_behalf_of(&b), Verb::Get).await, Err(ObjectError::NotFound)), "it was asked");
    held.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn what_is_not_to_be_replaced_is_not() {
    let (double, endpoint) = Double::start().await;
    let integrations = integrations();
    let objects = bucket(&endpoint, &integrations, (PATIENCE, 2));
    let at = Path::from("audit/1.json");
    assert!(objects.put_new(&at, "first".into()).await.unwrap());
    for _ in 0..2 * FAILURES {
        assert!(!objects.put_new(&at, "second".into()).await.unwrap());
    }
    assert_eq!(objects.get(&at, 100).await.unwrap(), "first");
    // A refusal of this kind is an answer, and the store is well.
    assert_eq!(standing(&integrations).await.0, Phase::Closed);
    double.is(Mood::Failing);
    objects.put_new(&Path::from("audit/2.json"), "third".into()).await.unwrap_err();
}
