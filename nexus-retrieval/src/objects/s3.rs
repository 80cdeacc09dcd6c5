//! S3, and what speaks its protocol. The client makes one attempt at a time: how often is tried, and for how long, the line
//! decides, which hears of every refusal what the store said of it.

use std::{fmt, pin::Pin, sync::Arc, time::Duration};

use futures::StreamExt as _;
use http::{
    StatusCode,
    header::{ETAG, IF_NONE_MATCH, RETRY_AFTER},
};
use http_body_util::{BodyExt as _, Limited};
use nexus_core::resilience::{Integration, Outlet, Verdict};
use object_store::{
    ClientConfigKey, ClientOptions, RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
        ReqwestConnector,
    },
};

use super::Objects;

/// Every signed request to a bucket has this header.
const SIGNED: &str = "x-amz-content-sha256";
/// What answers that are no objects begin with.
const RESULTS: [&str; 2] = ["<ListBucketResult", "<DeleteResult"];
/// The most bytes of an answer that is no object: a page of a list.
const MAX_ANSWER: usize = 8 * 1024 * 1024;
/// How much of a refusal is read, in bytes, and kept for the log, in characters.
const MAX_REFUSAL: usize = 4096;
const MAX_REASON: usize = 300;

impl Objects {
    /// A bucket. Its name is the place of its breaker; `timeout` is for a whole operation with its `attempts`.
    pub fn s3(
        builder: AmazonS3Builder,
        bucket: &str,
        (timeout, attempts): (Duration, u32),
    ) -> Result<Self, object_store::Error> {
        let once = RetryConfig { max_retries: 0, ..RetryConfig::default() };
        // The client has a limit of its own for a request, which must not be shorter than that of the operation.
        let limit = format!("{}ms", timeout.as_millis());
        let store = builder
            .with_config(AmazonS3ConfigKey::Client(ClientConfigKey::Timeout), limit)
            .with_retry(once)
            .with_http_connector(Connector)
            .build()?;
        let way = Outlet::new(Integration::ObjectStore, timeout, attempts).at(bucket);
        Ok(Self::behind(Arc::new(store), way))
    }
}

/// What a store answered that is not what it was asked for.
#[derive(Debug, thiserror::Error)]
#[error("the store answered {status}: {reason}")]
pub(super) struct Told {
    status: StatusCode,
    retry_after: Option<Duration>,
    reason: String,
}

impl Told {
    pub(super) fn verdict(&self) -> Verdict {
        let retry_after = self.retry_after;
        // S3 asks for patience with the status of an outage.
        if self.status == StatusCode::TOO_MANY_REQUESTS || self.reason.contains("SlowDown") {
            return Verdict::Throttled { retry_after };
        }
        let is_none = self.status.is_success();
        if is_none || self.status.is_server_error() || self.status == StatusCode::REQUEST_TIMEOUT {
            return Verdict::Failed { retry_after };
        }
        Verdict::Refused
    }
}

/// Makes clients that keep what a store says of a refusal.
#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Attentive(ReqwestConnector::default().connect(options)?)))
    }
}

struct Attentive(HttpClient);

impl Attentive {
    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        // What is not signed like this asks for credentials, and others know how to read the answer.
        let is_ours = request.headers().contains_key(SIGNED);
        // Whoever stores what is not to be replaced is told by a status that the client knows.
        let is_new = request.headers().contains_key(IF_NONE_MATCH);
        // Objects are asked for without a query, and their size is looked at before they are read.
        let is_object = request.uri().query().is_none();
        let response = self.0.execute(request).await?;
        match response.status() {
            _ if !is_ours => Ok(response),
            // A portal that answers in the place of the store must not become the content of an object, or an end of a list.
            status if status.is_success() && is_object && response.headers().contains_key(ETAG) => Ok(response),
            status if status.is_success() && is_object => Err(nothing(status)),
            status if status.is_success() => result(response).await,
            // An object that is not there has a name of its own among the errors of the client.
            StatusCode::PRECONDITION_FAILED | StatusCode::CONFLICT if is_new => Ok(response.map(bounded)),
            StatusCode::NOT_FOUND if is_object => Ok(response.map(bounded)),
            _ => Err(HttpError::new(HttpErrorKind::Unknown, told(response).await)),
        }
    }
}

impl fmt::Debug for Attentive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attentive")
    }
}

impl HttpService for Attentive {
    fn call<'life0, 'async_trait>(
        &'life0 self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(self.answer(request))
    }
}

fn bounded(body: HttpResponseBody) -> HttpResponseBody {
    let body = Limited::new(body, MAX_ANSWER);
    HttpResponseBody::new(body.map_err(|error| HttpError::new_boxed(HttpErrorKind::Decode, error)))
}

/// An answer that is no object, when it is one of those that a store gives.
async fn result(response: HttpResponse) -> Result<HttpResponse, HttpError> {
    let (parts, body) = response.map(bounded).into_parts();
    let bytes = body.bytes().await?;
    let head = String::from_utf8_lossy(bytes.get(..MAX_REFUSAL.min(bytes.len())).unwrap_or_default());
    if !RESULTS.iter().any(|name| head.contains(name)) {
        return Err(nothing(parts.status));
    }
    Ok(HttpResponse::from_parts(parts, bytes.into()))
}

fn nothing(status: StatusCode) -> HttpError {
    let reason = "this is no answer of a store".to_owned();
    HttpError::new(HttpErrorKind::Decode, Told { status, retry_after: None, reason })
}

async fn told(response: HttpResponse) -> Told {
    let (status, headers) = (response.status(), response.headers());
    let pause = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let mut pieces = response.into_body().bytes_stream();
    let mut read: Vec<u8> = Vec::new();
    while read.len() < MAX_REFUSAL
        && let Some(Ok(piece)) = pieces.next().await
    {
        read.extend_from_slice(&piece);
    }
    let reason = String::from_utf8_lossy(&read);
    let reason = reason.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_REASON).collect();
    Told { status, retry_after: pause.map(Duration::from_secs), reason }
}
