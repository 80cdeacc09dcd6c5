//! One call: what is sent, and how often.

use bytes::Bytes;
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Method, RequestBuilder, Response, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::answer;
use super::clock;
use super::documents::Upload;
use super::retry::is_early;
use super::{Client, Error};
use crate::wire::Envelope;

/// One call, ready to be sent more than once.
#[derive(Clone)]
pub(super) struct Call {
    method: Method,
    url: Url,
    payload: Payload,
    idempotency_key: Option<String>,
}

#[derive(Clone)]
enum Payload {
    Nothing,
    Json(Bytes),
    Upload(Upload),
}

impl Client {
    /// Reads what lies at `path`.
    pub(super) fn get(&self, path: &[&str]) -> Result<Call, Error> {
        Ok(Call { method: Method::GET, url: self.url(path)?, payload: Payload::Nothing, idempotency_key: None })
    }

    /// Asks `path` what does not fit into an address. Nothing changes, so the call needs no name to be sent twice.
    pub(super) fn ask(&self, path: &[&str]) -> Result<Call, Error> {
        Ok(Call { method: Method::POST, ..self.get(path)? })
    }

    /// Changes what lies at `path`; the call names itself, so that sending it twice has one effect.
    pub(super) fn change(&self, method: Method, path: &[&str]) -> Result<Call, Error> {
        let idempotency_key = Some(clock::fresh_id());
        Ok(Call { method, url: self.url(path)?, payload: Payload::Nothing, idempotency_key })
    }

    /// Sends the call and reads the answer's `data` and `meta`.
    pub(super) async fn fetch<T: DeserializeOwned>(
        &self,
        call: &Call,
        what: &'static str,
    ) -> Result<Envelope<T>, Error> {
        let body = self.repeat(call).await?;
        serde_json::from_slice(&body).map_err(|source| Error::Decode { what, source })
    }

    /// Sends the call and reads the answer's `data`.
    pub(super) async fn fetch_data<T: DeserializeOwned>(&self, call: &Call, what: &'static str) -> Result<T, Error> {
        self.fetch(call, what).await.map(|envelope| envelope.data)
    }

    /// Sends the call and reads an answer that has no envelope, or none that matters.
    pub(super) async fn fetch_bytes(&self, call: &Call) -> Result<Bytes, Error> {
        self.repeat(call).await
    }

    async fn repeat(&self, call: &Call) -> Result<Bytes, Error> {
        let (mut attempts, mut turns) = (0, 0);
        loop {
            let error = match self.once(call).await {
                Ok(body) => return Ok(body),
                Err(error) => error,
            };
            let wait = if is_early(&error) {
                turns += 1;
                self.inner.retry.turn(turns, &error, clock::jitter())
            } else {
                attempts += 1;
                self.inner.retry.after(attempts, &error, clock::jitter())
            };
            let Some(wait) = wait else { return Err(error) };
            tokio::time::sleep(wait).await;
        }
    }

    async fn once(&self, call: &Call) -> Result<Bytes, Error> {
        let request = self.authorized(self.inner.http.request(call.method.clone(), call.url.clone()));
        let request = call.dress(request)?.timeout(self.inner.request_timeout);
        answer::body(answer::success(request.send().await?).await?).await
    }

    /// Sends the question of a run; the answer is a stream, so only its head is waited for.
    pub(super) async fn open(&self, request: RequestBuilder) -> Result<Response, Error> {
        let silence = self.inner.silence_timeout;
        let sent = tokio::time::timeout(silence, self.authorized(request).send());
        Ok(sent.await.map_err(|_| Error::Silence(silence))??)
    }

    pub(super) fn url(&self, path: &[&str]) -> Result<Url, Error> {
        let mut url = self.inner.base_url.clone();
        let mut segments =
            url.path_segments_mut().map_err(|()| Error::Config("the base URL cannot have a path".to_owned()))?;
        segments.pop_if_empty().push("v1");
        for segment in path {
            // A URL drops or resolves such segments: the call would reach another resource than the one named.
            if matches!(*segment, "" | "." | "..") {
                return Err(Error::Argument(format!("`{segment}` is no id")));
            }
            segments.push(segment);
        }
        drop(segments);
        Ok(url)
    }

    fn authorized(&self, request: RequestBuilder) -> RequestBuilder {
        match self.inner.authorization() {
            Some((name, value)) => request.header(name, value),
            None => request,
        }
    }
}

impl Call {
    pub(super) fn query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    pub(super) fn json(self, body: &impl Serialize) -> Result<Self, Error> {
        let body = serde_json::to_vec(body).map_err(|error| Error::Argument(error.to_string()))?;
        Ok(Self { payload: Payload::Json(body.into()), ..self })
    }

    pub(super) fn upload(self, upload: Upload) -> Self {
        Self { payload: Payload::Upload(upload), ..self }
    }

    fn dress(&self, request: RequestBuilder) -> Result<RequestBuilder, Error> {
        let request = match &self.idempotency_key {
            Some(key) => request.header("Idempotency-Key", key),
            None => request,
        };
        Ok(match &self.payload {
            Payload::Nothing => request,
            Payload::Json(body) => request.header(reqwest::header::CONTENT_TYPE, "application/json").body(body.clone()),
            Payload::Upload(upload) => request.multipart(form(upload)?),
        })
    }
}

/// A form can be sent once, so each attempt makes its own; the bytes are shared.
fn form(upload: &Upload) -> Result<Form, Error> {
    let length = u64::try_from(upload.bytes.len()).unwrap_or(u64::MAX);
    let file = Part::stream_with_length(Body::from(upload.bytes.clone()), length)
        .file_name(upload.filename.clone())
        .mime_str(&upload.content_type)
        .map_err(|_| Error::Argument(format!("`{}` is no media type", upload.content_type)))?;
    let form = Form::new().text("corpus_id", upload.corpus_id.clone());
    let form = match &upload.document_id {
        Some(id) => form.text("document_id", id.clone()),
        None => form,
    };
    Ok(form.text("overwrite", if upload.overwrite { "true" } else { "false" }).part("file", file))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ids_cannot_leave_their_place_in_the_path() {
        let client = Client::builder().base_url("https://host/behind/").build().unwrap();
        let url = |id: &str| client.url(&["documents", id]).map(String::from);
        assert_eq!(url("a/../b?c#d").unwrap(), "https://host/behind/v1/documents/a%2F..%2Fb%3Fc%23d");
        assert_eq!(url("Größe 1").unwrap(), "https://host/behind/v1/documents/Gr%C3%B6%C3%9Fe%201");
        for id in ["", ".", ".."] {
            assert!(matches!(url(id), Err(Error::Argument(_))), "{id:?}");
        }
    }
}
