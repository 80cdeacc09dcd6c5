//! An S3 prefix against a double of the service: signed requests, lists in pages, and what happens when it fails.
#![cfg(feature = "files")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::format_collect, missing_docs)]

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{Query, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::get,
};
use futures::StreamExt as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use nexus_retrieval::{
    ingest::bulk::{Bounds, BulkError, Origin, Position},
    objects::Objects,
};
use object_store::{aws::AmazonS3Builder, path::Path};
use sha2::{Digest as _, Sha256};

/// How many objects a page of the double has.
const PAGE: usize = 3;

#[derive(Clone, Default)]
struct Double {
    objects: Arc<BTreeMap<String, Vec<u8>>>,
    lists: Arc<AtomicUsize>,
    /// How often it fails before it works.
    failures: Arc<AtomicUsize>,
}

async fn list(
    State(double): State<Double>,
    Query(asked): Query<BTreeMap<String, String>>,
    request: Request,
) -> Response {
    check_signature(&request);
    if double.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    double.lists.fetch_add(1, Ordering::SeqCst);
    assert_eq!(asked.get("list-type").map(String::as_str), Some("2"));
    let prefix = asked.get("prefix").cloned().unwrap_or_default();
    let after = asked.get("continuation-token").or(asked.get("start-after")).cloned().unwrap_or_default();
    let left: Vec<_> = double.objects.iter().filter(|(key, _)| key.starts_with(&prefix) && **key > after).collect();
    let page: Vec<_> = left.iter().take(PAGE).collect();
    let entries: String = page
        .iter()
        .map(|(key, bytes)| {
            format!(
                "<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;x&quot;</ETag>\
                 <Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>",
                bytes.len()
            )
        })
        .collect();
    let more = left.len() > PAGE;
    let next =
        page.last().filter(|_| more).map(|(key, _)| format!("<NextContinuationToken>{key}</NextContinuationToken>"));
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Name>bucket</Name><IsTruncated>{more}</IsTruncated>{}{entries}</ListBucketResult>",
        next.unwrap_or_default()
    );
    ([(header::CONTENT_TYPE, "application/xml")], body).into_response()
}

async fn object(
    State(double): State<Double>,
    axum::extract::Path(key): axum::extract::Path<String>,
    request: Request,
) -> Response {
    check_signature(&request);
    match double.objects.get(&key) {
        Some(bytes) => {
            let headers = [(header::ETAG, "\"x\""), (header::LAST_MODIFIED, "Thu, 01 Jan 2026 00:00:00 GMT")];
            (headers, bytes.clone()).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// Computes the signature of a request again, as the documentation of AWS has it.
fn check_signature(request: &Request) {
    let header = |name: &str| request.headers().get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap();
    let parts = header("authorization").strip_prefix("AWS4-HMAC-SHA256 ").expect("the algorithm");
    let part = |name: &str| {
        let found = parts.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
        found.unwrap_or_else(|| panic!("no {name} in {parts}"))
    };
    let (credential, signed, date) = (part("Credential"), part("SignedHeaders"), header("x-amz-date"));
    let (id, scope) = credential.split_once('/').unwrap();
    let day = date.get(..8).unwrap();
    assert_eq!((id, scope), ("AKIDEXAMPLE", format!("{day}/eu-west-1/s3/aws4_request").as_str()));
    for needed in ["host", "x-amz-content-sha256", "x-amz-date"] {
        assert!(signed.split(';').any(|name| name == needed), "{needed} is signed");
    }
    let headers: String = signed.split(';').map(|name| format!("{name}:{}\n", header(name).trim())).collect();
    let mut query: Vec<&str> = request.uri().query().unwrap_or_default().split('&').collect();
    query.sort_unstable();
    let canonical = format!(
        "{}\n{}\n{}\n{headers}\n{signed}\n{}",
        request.method(),
        request.uri().path(),
        query.join("&"),
        header("x-amz-content-sha256")
    );
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex::encode(Sha256::digest(&canonical)));
    let key = scope.split('/').fold(format!("AWS4{SECRET}").into_bytes(), |key, part| mac(&key, part));
    assert_eq!(part("Signature"), hex::encode(mac(&key, &text)), "the signature of {canonical}");
}

fn store(endpoint: String) -> Objects {
    let builder = AmazonS3Builder::new()
        .with_bucket_name("bucket")
        .with_region("eu-west-1")
        .with_access_key_id("AKIDEXAMPLE")
        .with_secret_access_key(SECRET)
        .with_endpoint(endpoint)
        .with_allow_http(true);
    Objects::s3(builder, "bucket", (Duration::from_secs(10), 3)).unwrap()
}

async fn bucket(double: &Double, prefix: &str) -> Origin {
    let app = Router::new().route("/bucket", get(list)).route("/bucket/{*key}", get(object)).with_state(double.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    Origin::Bucket(store(endpoint), Path::from(prefix))
}

async fn read(origin: Origin, after: Option<&str>) -> (Vec<String>, Option<BulkError>) {
    let after = after.map(|name| Position { name: name.to_owned(), member: None });
    let mut items = origin.items(Bounds { file: 100, ..Bounds::default() }, after);
    let mut names = Vec::new();
    while let Some(item) = items.next().await {
        match item {
            Ok(item) => names.push(match item.content {
                Ok(bytes) => format!("{}={}", item.name, bytes.len()),
                Err(why) => format!("{}!{}", item.name, why.to_string().split(':').next().unwrap()),
            }),
            Err(error) => return (names, Some(error)),
        }
    }
    (names, None)
}

fn double() -> Double {
    let objects = (0..7).map(|n| (format!("docs/{n}.txt"), vec![b'x'; n + 1]));
    let others = [("docs/large.bin", 101), ("docs/.hidden", 1), ("other/a.txt", 1)];
    let others = others.map(|(key, bytes)| (key.to_owned(), vec![b'y'; bytes]));
    Double { objects: Arc::new(objects.chain(others).collect()), ..Double::default() }
}

#[tokio::test]
async fn every_page_of_a_prefix_is_read_and_nothing_beside_it() {
    let double = double();
    let (names, error) = read(bucket(&double, "docs").await, None).await;
    assert!(error.is_none(), "{error:?}");
    let all = ["0.txt=1", "1.txt=2", "2.txt=3", "3.txt=4", "4.txt=5", "5.txt=6", "6.txt=7", "large.bin!too_large"];
    assert_eq!(names, all);
    assert_eq!(double.lists.load(Ordering::SeqCst), 3);
    // Going on behind a name asks for what lies behind it, and lists nothing before.
    double.lists.store(0, Ordering::SeqCst);
    let (names, _) = read(bucket(&double, "docs").await, Some("5.txt")).await;
    assert_eq!(names, ["6.txt=7", "large.bin!too_large"]);
    assert_eq!(double.lists.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_passing_failure_is_outlived() {
    let double = double();
    double.failures.store(2, Ordering::SeqCst);
    let (names, error) = read(bucket(&double, "docs").await, None).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(names.len(), 8);
}

#[tokio::test]
async fn a_bucket_that_is_not_there_ends_the_source_with_a_reason() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(
        async move { axum::serve(listener, Router::new().fallback(|| async { StatusCode::FORBIDDEN })).await },
    );
    let (names, error) = read(Origin::Bucket(store(endpoint), Path::from("docs")), None).await;
    assert!(names.is_empty());
    assert!(matches!(error, Some(BulkError::Store(_))), "{error:?}");
}
