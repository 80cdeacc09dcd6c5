//! Changes that happen once: `Idempotency-Key` on the wire.
//!
//! [`Once`] comes before the body in a handler, so that the body's digest is taken while it is read. Everything a handler
//! changes goes through the [`Db`] that its closure is given; what must wait for the commit, such as emptying a cache, comes
//! after [`Once::perform`]. Legacy paths have no keys.

use std::{
    marker::PhantomData,
    sync::{Arc, OnceLock},
};

use axum::{
    extract::{FromRequestParts, OriginalUri},
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use nexus_core::{
    idempotency::{Answer, Entry, IdempotencyError, Key, Place, Scope, Turn, decide},
    op::Op,
    pg::Db,
    principal::Principal,
};

use super::{
    Context, Refusal,
    context::Surface,
    envelope::{Data, Remembered},
};
use crate::app::Platform;

/// The header that names a change.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header of an answer that was given before.
pub const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Headers that belong to an answer, and not to the request that got it.
const KEPT: [HeaderName; 2] = [header::LOCATION, header::ETAG];

/// Makes a change happen once, when its client named it.
#[derive(Debug)]
pub struct Once(Option<Named>);

/// As [`Once`], for a request whose body may name the change, too. What the body says counts.
#[derive(Debug)]
pub struct OnceByBody {
    header: Option<Key>,
    asked: Option<Asked>,
}

/// A change with a name.
#[derive(Debug)]
struct Named {
    key: Key,
    asked: Asked,
    place: Option<Place>,
}

/// What is asked for, and by which request.
#[derive(Debug)]
struct Asked {
    method: Method,
    path: String,
    query: String,
    body: BodyDigest,
    context: Context,
}

/// Where the reader of a body leaves its digest. It is in the extensions of a request whose digest is asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct BodyDigest(Arc<OnceLock<decide::Digest>>);

impl BodyDigest {
    pub(super) fn of_json(&self, body: &[u8]) {
        if let Some(digest) = decide::json(body) {
            let _ = self.0.set(digest);
        }
    }

    pub(super) fn of_form<'a>(&self, parts: impl Iterator<Item = (&'a str, &'a [u8])>) {
        let _ = self.0.set(decide::form(parts));
    }
}

/// The answer to a change: what a handler said, or what it said the first time.
#[derive(Debug)]
pub struct Done<R>(Response, PhantomData<fn() -> R>);

impl<R> Done<R> {
    fn new(response: Response) -> Self {
        Self(response, PhantomData)
    }
}

impl<R> IntoResponse for Done<R> {
    fn into_response(self) -> Response {
        self.0
    }
}

impl FromRequestParts<Platform> for Once {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Refusal> {
        let context = Context::from_request_parts(parts, platform).await?;
        let Some(key) = given(parts, platform, &context)? else { return Ok(Self(None)) };
        Ok(Self(Some(Named { key, asked: Asked::of(parts, context), place: None })))
    }
}

impl FromRequestParts<Platform> for OnceByBody {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, platform: &Platform) -> Result<Self, Refusal> {
        let context = Context::from_request_parts(parts, platform).await?;
        let header = given(parts, platform, &context)?;
        let asked = keeps_keys(platform, &context).then(|| Asked::of(parts, context));
        Ok(Self { header, asked })
    }
}

impl OnceByBody {
    /// The change by the name that the body gives it, or else the header.
    pub fn named(self, body: Option<&str>) -> Result<Once, Refusal> {
        let body = body.map(|text| Key::parse(text.as_bytes())).transpose()?;
        let named = body.or(self.header).zip(self.asked);
        Ok(Once(named.map(|(key, asked)| Named { key, asked, place: None })))
    }
}

fn keeps_keys(platform: &Platform, context: &Context) -> bool {
    platform.idempotency.settings().enabled && context.surface == Surface::V1
}

/// The key of the header, where keys are kept.
fn given(parts: &Parts, platform: &Platform, context: &Context) -> Result<Option<Key>, Refusal> {
    let given: Vec<&HeaderValue> = parts.headers.get_all(&IDEMPOTENCY_KEY).iter().collect();
    if given.is_empty() || !keeps_keys(platform, context) {
        return Ok(None);
    }
    let [given] = given.as_slice() else { return Err(IdempotencyError::KeyInvalid.into()) };
    Ok(Some(Key::parse(given.as_bytes())?))
}

impl Asked {
    /// The digest of the body is taken from now on.
    fn of(parts: &mut Parts, context: Context) -> Self {
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
        let (path, query) = (uri.path().to_owned(), uri.query().unwrap_or_default().to_owned());
        let body = BodyDigest::default();
        parts.extensions.insert(body.clone());
        Self { method: parts.method.clone(), path, query, body, context }
    }
}

impl Once {
    /// Makes the change, or gives the answer that it got before. What the closure returns as an error is not remembered, and
    /// nothing that it did stays.
    pub async fn perform<R: IntoResponse>(
        self,
        platform: &Platform,
        op: &Op,
        caller: &Principal,
        change: impl AsyncFnOnce(Db) -> Result<R, Refusal>,
    ) -> Result<Done<R>, Refusal> {
        let Some(mut named) = self.0 else {
            return change(platform.db.clone()).await.map(|said| Done::new(said.into_response()));
        };
        let place = named.place.take();
        let (scope, request) = (named.scope(caller), named.request());
        match platform.idempotency.begin(op, &platform.db, &scope, request, place).await? {
            Turn::Again(answer) => Ok(Done::new(named.repeat(answer))),
            Turn::First(first) => {
                let response = change(first.db()).await?.into_response();
                first.finish(op, &scope, answer(op, &response)).await?;
                Ok(Done::new(response))
            }
        }
    }

    /// The answer that the change got before, for handlers that prepare something large, or reserve something, before they
    /// change anything. Until [`Once::perform`] no twin of this process prepares the same. What cannot be prepared is refused
    /// by the closure, and not before it: a twin of another replica may have been answered meanwhile.
    pub async fn again<R>(
        &mut self,
        platform: &Platform,
        op: &Op,
        caller: &Principal,
    ) -> Result<Option<Done<R>>, Refusal> {
        let Some(named) = &mut self.0 else { return Ok(None) };
        match platform.idempotency.enter(op, &platform.db, &named.scope(caller), &named.request()).await? {
            Entry::Again(answer) => Ok(Some(Done::new(named.repeat(answer)))),
            Entry::Open(place) => {
                named.place = Some(place);
                Ok(None)
            }
        }
    }
}

impl Named {
    fn scope<'a>(&'a self, caller: &'a Principal) -> Scope<'a> {
        Scope {
            tenant: &caller.tenant,
            actor: &caller.credential,
            method: self.asked.method.as_str(),
            path: &self.asked.path,
            key: &self.key,
        }
    }

    /// A request without a body has the digest of nothing.
    fn request(&self) -> decide::Digest {
        decide::request(&self.asked.query, self.asked.body.0.get().unwrap_or(&[0; 32]))
    }

    fn repeat(&self, answer: Answer) -> Response {
        metrics::counter!("nexusrag_idempotent_replays_total").increment(1);
        self.asked.context.answers_for(answer.request_id);
        let status = StatusCode::from_u16(answer.status).unwrap_or_default();
        let mut response = match answer.body {
            Some(json) => Data::replay(status, json.as_bytes()),
            None => status.into_response(),
        };
        let headers = response.headers_mut();
        for (name, value) in answer.headers {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                headers.insert(name, value);
            }
        }
        headers.insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
        response
    }
}

/// What is kept of an answer: for data that holds a secret, what its handler chose to be remembered instead.
fn answer(op: &Op, response: &Response) -> Answer {
    let extensions = response.extensions();
    let said =
        extensions.get::<Remembered>().map(|r| r.0.as_slice()).or_else(|| extensions.get::<Data>().map(Data::json));
    let kept = |name: HeaderName| {
        let value = response.headers().get(&name)?.to_str().ok()?.to_owned();
        Some((name.as_str().to_owned(), value))
    };
    Answer {
        request_id: op.request_id.clone(),
        status: response.status().as_u16(),
        headers: KEPT.into_iter().filter_map(kept).collect(),
        body: said.map(|json| String::from_utf8_lossy(json).into_owned()),
    }
}
