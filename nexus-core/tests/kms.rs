//! The clouds' services over the wire: what they are told, what is made of their refusals, and what happens while they fail.
//! The doubles speak the protocol and bind what they wrap to the name that came with it, as the services do.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use axum::{
    Router,
    extract::{OriginalUri, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use nexus_core::{
    crypto::{
        Key,
        kms::{AwsKms, AwsKmsSettings, GcpKms, GcpKmsSettings, KeyName, Kms, KmsError},
    },
    problem::Problem as _,
    resilience::{Integrations, ResilienceSettings},
    shared::{Shared, SharedSettings},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const ARN: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd";
const GCP_KEY: &str = "projects/p/locations/eu/keyRings/r/cryptoKeys/k";

#[derive(Debug, Clone, Copy, PartialEq)]
enum Mood {
    Well,
    Silent,
    Says(u16, &'static str),
}

/// One of the two services.
#[derive(Clone)]
struct Double {
    url: String,
    mood: Arc<Mutex<Mood>>,
    asked: Arc<Mutex<Vec<Value>>>,
}

impl Double {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let double = Self { url, mood: Arc::new(Mutex::new(Mood::Well)), asked: Arc::default() };
        let app = Router::new().fallback(answer).with_state(double.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        double
    }

    fn now(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn asked(&self) -> Vec<Value> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer(
    State(double): State<Double>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: String,
) -> Response {
    let body: Value = serde_json::from_str(&body).unwrap();
    let target = headers.get("x-amz-target").map(|value| value.to_str().unwrap().to_owned());
    double.asked.lock().unwrap().push(json!({ "path": uri.path(), "target": target, "body": body }));
    let mood = *double.mood.lock().unwrap();
    let aws = target.is_some();
    match mood {
        Mood::Silent => std::future::pending().await,
        Mood::Says(status, what) => refuse(aws, status, what),
        Mood::Well => match target.as_deref() {
            Some("TrentService.Encrypt") => {
                let sealed =
                    json!({ "of": body["KeyId"], "for": body["EncryptionContext"], "text": body["Plaintext"] });
                let answer = json!({ "CiphertextBlob": STANDARD.encode(sealed.to_string()), "KeyId": ARN });
                ([("content-type", "application/x-amz-json-1.1")], answer.to_string()).into_response()
            }
            Some("TrentService.Decrypt") => match opened(&body["CiphertextBlob"]) {
                Some(sealed) if sealed["of"] == body["KeyId"] && sealed["for"] == body["EncryptionContext"] => {
                    let answer = json!({ "Plaintext": sealed["text"], "KeyId": ARN });
                    ([("content-type", "application/x-amz-json-1.1")], answer.to_string()).into_response()
                }
                _ => refuse(true, 400, "InvalidCiphertextException"),
            },
            _ if uri.path() == format!("/v1/{GCP_KEY}:encrypt") => {
                let sealed = json!({ "for": body["additionalAuthenticatedData"], "text": body["plaintext"] });
                let answer = json!({ "name": GCP_KEY, "ciphertext": STANDARD.encode(sealed.to_string()) });
                axum::Json(answer).into_response()
            }
            _ if uri.path() == format!("/v1/{GCP_KEY}:decrypt") => match opened(&body["ciphertext"]) {
                Some(sealed) if sealed["for"] == body["additionalAuthenticatedData"] => {
                    axum::Json(json!({ "plaintext": sealed["text"], "usedPrimary": true })).into_response()
                }
                _ => refuse(false, 400, "INVALID_ARGUMENT"),
            },
            other => panic!("asked for {} {other:?}", uri.path()),
        },
    }
}

fn opened(blob: &Value) -> Option<Value> {
    serde_json::from_slice(&STANDARD.decode(blob.as_str()?).ok()?).ok()
}

fn refuse(aws: bool, status: u16, what: &str) -> Response {
    let body = if aws {
        json!({ "__type": what, "message": "no" })
    } else {
        json!({ "error": { "code": status, "message": "no", "status": what } })
    };
    (StatusCode::from_u16(status).unwrap(), axum::Json(body)).into_response()
}

fn integrations() -> Integrations {
    let settings = ResilienceSettings {
        backoff: Duration::from_millis(1),
        failures: 2,
        open_for: Duration::from_mins(1),
        ..ResilienceSettings::default()
    };
    Integrations::new(&Shared::local(&SharedSettings::default()), settings)
}

const LIMIT: Duration = Duration::from_millis(400);

fn aws(double: &Double) -> Arc<dyn Kms> {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build();
    let settings =
        AwsKmsSettings { key: Some(ARN.to_owned()), endpoint: Some(double.url.clone()), ..AwsKmsSettings::default() };
    Arc::new(AwsKms::with_config(config, &settings, LIMIT, &integrations()).unwrap())
}

fn gcp(double: &Double) -> Arc<dyn Kms> {
    let settings =
        GcpKmsSettings { key: Some(GCP_KEY.to_owned()), endpoint: Some(double.url.clone()), anonymous: true };
    Arc::new(GcpKms::new(&settings, LIMIT, &integrations()).unwrap())
}

async fn both() -> [(Double, Arc<dyn Kms>); 2] {
    let (one, two) = (Double::start().await, Double::start().await);
    let (aws, gcp) = (aws(&one), gcp(&two));
    [(one, aws), (two, gcp)]
}

fn name(tenant: &str) -> KeyName {
    KeyName { tenant: tenant.to_owned(), alias: "tenant-master".to_owned(), version: 3 }
}

#[tokio::test]
async fn a_key_is_wrapped_for_its_name_and_unwraps_for_no_other() {
    for (double, kms) in both().await {
        let key = Key::generate();
        let wrapped = kms.wrap(&name("acme"), &key).await.unwrap();
        assert_eq!(kms.unwrap(&name("acme"), &wrapped).await.unwrap(), key);
        assert_eq!(kms.unwrap(&name("evil"), &wrapped).await, Err(KmsError::Refused));
        assert_eq!(kms.unwrap(&name("acme"), b"nonsense").await, Err(KmsError::Refused));
        assert_eq!(kms.unwrap(&name("acme"), b"").await.unwrap_err().code().as_str(), "DECRYPTION_FAILED");
        let told = double.asked()[0]["body"].clone();
        match kms.provider().as_str() {
            "aws_kms" => assert_eq!(
                told["EncryptionContext"],
                json!({ "nexus:alias": "tenant-master", "nexus:tenant": "acme", "nexus:version": "3" })
            ),
            _ => assert_eq!(
                STANDARD.decode(told["additionalAuthenticatedData"].as_str().unwrap()).unwrap(),
                name("acme").to_bytes()
            ),
        }
    }
}

#[tokio::test]
async fn a_service_that_fails_is_left_alone_after_a_while() {
    for (double, kms) in both().await {
        double.now(Mood::Says(503, "UNAVAILABLE"));
        for _ in 0..2 {
            let error = kms.wrap(&name("acme"), &Key::generate()).await.unwrap_err();
            assert!(matches!(error, KmsError::Unavailable { .. }), "{error:?}");
            assert_eq!(error.code().as_str(), "KMS_UNAVAILABLE");
        }
        let asked = double.asked().len();
        assert!(asked > 2, "it was tried again within each call");
        double.now(Mood::Well);
        let error = kms.wrap(&name("acme"), &Key::generate()).await.unwrap_err();
        assert!(error.retry_after().is_some(), "{error:?}");
        assert_eq!(double.asked().len(), asked, "the breaker is open: it was not asked");
    }
}

#[tokio::test]
async fn a_service_that_says_nothing_costs_the_time_limit_and_no_more() {
    for (double, kms) in both().await {
        double.now(Mood::Silent);
        let began = Instant::now();
        let error = kms.wrap(&name("acme"), &Key::generate()).await.unwrap_err();
        assert!(matches!(error, KmsError::Unavailable { .. }), "{error:?}");
        assert!(began.elapsed() >= LIMIT / 2);
    }
}

#[tokio::test]
async fn a_refusal_is_told_from_a_failure() {
    for (double, kms) in both().await {
        let aws = kms.provider().as_str() == "aws_kms";
        double.now(Mood::Says(
            if aws { 400 } else { 403 },
            if aws { "AccessDeniedException" } else { "PERMISSION_DENIED" },
        ));
        for _ in 0..4 {
            let error = kms.wrap(&name("acme"), &Key::generate()).await.unwrap_err();
            assert!(matches!(error, KmsError::Denied(_)), "{error:?}");
        }
        double.now(Mood::Says(
            if aws { 400 } else { 429 },
            if aws { "ThrottlingException" } else { "RESOURCE_EXHAUSTED" },
        ));
        let error = kms.wrap(&name("acme"), &Key::generate()).await.unwrap_err();
        assert!(matches!(error, KmsError::Throttled { .. }), "{error:?}");
        // None of this turns the breaker: the service is alive.
        double.now(Mood::Well);
        kms.wrap(&name("acme"), &Key::generate()).await.unwrap();
    }
}

#[test]
fn what_is_missing_is_named() {
    let integrations = integrations();
    let of = |settings: AwsKmsSettings| AwsKms::new(&settings, LIMIT, &integrations).map(drop).map_err(|e| e.name);
    assert_eq!(of(AwsKmsSettings::default()), Err("CRYPTO_AWS_KMS_KEY_ID".to_owned()));
    let alias = Some("alias/nexus".to_owned());
    assert_eq!(
        of(AwsKmsSettings { key: alias.clone(), ..AwsKmsSettings::default() }),
        Err("CRYPTO_AWS_KMS_REGION".to_owned())
    );
    let region = Some("eu-west-1".to_owned());
    assert_eq!(of(AwsKmsSettings { key: alias, region, ..AwsKmsSettings::default() }), Ok(()));
    let settings = GcpKmsSettings { key: Some("k".to_owned()), ..GcpKmsSettings::default() };
    assert_eq!(
        GcpKms::new(&settings, LIMIT, &integrations).map(drop).map_err(|e| e.name),
        Err("CRYPTO_GCP_KMS_KEY".to_owned())
    );
}
