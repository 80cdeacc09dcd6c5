//! Every way to fail, at both providers: the code that clients see, what is tried again, and what opens the breaker.

use std::{sync::Arc, time::Duration};

use nexus_core::{
    problem::{Code, Problem as _},
    resilience::{Phase, ResilienceSettings},
};
use nexus_retrieval::{corpus::Corpus, provider::guard::Remote};
use tokio::net::TcpListener;

use crate::{
    bedrock,
    double::{Double, Reply},
    vertex,
    world::{bedrock_corpus, integrations, patient, quick, search, vertex_corpus},
};

/// A provider with its double.
struct Side {
    remote: Arc<dyn Remote>,
    corpus: Corpus,
    double: Double,
    well: Reply,
    auth: Code,
    other: Code,
    integrations: nexus_core::resilience::Integrations,
}

async fn sides(settings: ResilienceSettings) -> [Side; 2] {
    let well = bedrock::answer(&[bedrock::result("d1", "Grey.", 0.5)]);
    let double = Double::start(bedrock::strict, well.clone()).await;
    let shared = integrations(settings.clone());
    let aws = Side {
        remote: Arc::new(bedrock::bedrock(&double.url, &shared)),
        corpus: bedrock_corpus(),
        double,
        well,
        auth: Code::AwsAuth,
        other: Code::AwsRetrieval,
        integrations: shared,
    };
    let well = vertex::answer(&[vertex::result("d1", "Grey.", 0.5)]);
    let double = Double::start(vertex::strict, well.clone()).await;
    let shared = integrations(settings);
    let google = Side {
        remote: Arc::new(vertex::vertex(&double.url, &shared)),
        corpus: vertex_corpus(),
        double,
        well,
        auth: Code::VertexRetrievalAuth,
        other: Code::VertexRetrieval,
        integrations: shared,
    };
    [aws, google]
}

impl Side {
    /// The code of a failed search, or nothing.
    async fn code(&self) -> Option<Code> {
        search(self.remote.as_ref(), &self.corpus, 5).await.err().map(|error| error.code())
    }

    async fn phase(&self) -> Phase {
        self.integrations.standings().await.into_iter().map(|standing| standing.phase).max().unwrap()
    }
}

fn refusal(status: u16, kind: &'static str) -> Reply {
    let body = serde_json::json!({ "message": "no", "error": { "code": status, "message": "no" } });
    Reply::Refusal(status, "", kind, body.to_string())
}

#[tokio::test]
async fn every_refusal_has_its_code_and_is_not_repeated() {
    for side in sides(patient()).await {
        let cases = [
            (refusal(403, "AccessDeniedException"), side.auth),
            (refusal(401, ""), side.auth),
            (refusal(400, "ValidationException"), side.other),
            (refusal(404, "ResourceNotFoundException"), side.other),
            (refusal(409, "ConflictException"), side.other),
        ];
        for (n, (reply, code)) in cases.into_iter().enumerate() {
            side.double.then([reply.clone()]);
            assert_eq!(side.code().await, Some(code), "{reply:?}");
            assert_eq!(side.double.asked().len(), n + 1, "a refusal is not repeated");
        }
        assert_eq!(side.phase().await, Phase::Closed);
    }
    let aws = &sides(patient()).await[0];
    aws.double.then([refusal(400, "UnrecognizedClientException"), refusal(400, "ExpiredTokenException")]);
    assert_eq!((aws.code().await, aws.code().await), (Some(Code::AwsAuth), Some(Code::AwsAuth)));
}

#[tokio::test]
async fn what_may_pass_is_tried_again_within_the_limit() {
    for side in sides(patient()).await {
        let passing = [
            refusal(503, "ServiceUnavailableException"),
            refusal(500, "InternalServerException"),
            Reply::Refusal(429, "0", "ThrottlingException", "{}".into()),
            Reply::Garbage(b"<html>welcome to the airport</html>".to_vec()),
        ];
        for reply in passing {
            side.double.then([reply.clone()]);
            assert_eq!(side.code().await, None, "{reply:?}");
            side.double.then([reply.clone(), reply]);
            assert_eq!(side.code().await, Some(side.other));
        }
        let asked = side.double.asked().len();
        side.double.then([Reply::Refusal(429, "3600", "ThrottlingException", "{}".into())]);
        let error = search(side.remote.as_ref(), &side.corpus, 5).await.unwrap_err();
        assert_eq!((error.code(), error.retry_after()), (side.other, Some(Duration::from_hours(1))));
        assert_eq!(side.double.asked().len(), asked + 1, "nobody waits for an hour");
    }
}

/// Faults that cost no more than their limit, open the breaker after the threshold, and end when the service is well.
#[tokio::test]
async fn a_provider_that_is_not_well_is_left_alone_and_used_again_by_itself() {
    let faults = [
        Reply::Silence,
        Reply::Stall,
        Reply::Endless,
        Reply::Garbage(vec![0xff; 100]),
        Reply::Garbage(b"{\"retrievalResults\": 7, \"results\": 7}".to_vec()),
        refusal(502, "BadGatewayException"),
    ];
    for fault in faults {
        for side in sides(quick()).await {
            side.double.always(fault.clone());
            for _ in 0..3 {
                let searching = tokio::time::timeout(Duration::from_secs(20), side.code());
                assert_eq!(searching.await.expect("it ends"), Some(side.other), "{fault:?}");
            }
            assert_eq!(side.code().await, Some(Code::IntegrationUnavailable), "{fault:?}");
            assert_eq!(side.phase().await, Phase::Open);

            side.double.always(side.well.clone());
            let back = async {
                while side.code().await.is_some() {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(20), back).await.expect("it is used again");
            assert_eq!(side.phase().await, Phase::Closed);
        }
    }
}

/// Clients who give up long before the limit, as people do.
#[tokio::test]
async fn impatient_callers_do_not_keep_a_provider_that_hangs_in_use() {
    let settings = ResilienceSettings { timeout: Duration::from_secs(1), open_for: Duration::from_hours(1), ..quick() };
    for side in sides(settings).await {
        for fault in [Reply::Silence, Reply::Stall, Reply::Silence] {
            side.double.always(fault);
            let gone = tokio::time::timeout(Duration::from_millis(500), side.code()).await;
            assert!(gone.is_err(), "the caller goes first: {gone:?}");
        }
        let opened = async {
            while side.phase().await != Phase::Open {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), opened).await.expect("what they saw is reported");
        let asked = side.double.asked().len();
        assert_eq!(side.code().await, Some(Code::IntegrationUnavailable));
        assert_eq!(side.double.asked().len(), asked);
    }
}

#[tokio::test]
async fn a_configuration_that_cannot_be_has_its_code_and_asks_nobody() {
    let [aws, google] = sides(patient()).await;
    // What the check of new configurations would refuse, as an older program may have written it.
    let mut broken = bedrock_corpus();
    if let nexus_retrieval::corpus::Provider::AwsBedrockKb { region, .. } = &mut broken.routing.provider {
        "not a region".clone_into(region);
    }
    let error = search(aws.remote.as_ref(), &broken, 5).await.unwrap_err();
    assert_eq!(error.code(), Code::RetrievalConfigInvalid, "{error}");
    for (side, other) in [(&aws, vertex_corpus()), (&google, bedrock_corpus())] {
        let error = search(side.remote.as_ref(), &other, 5).await.unwrap_err();
        assert_eq!(error.code(), Code::RetrievalConfigInvalid);
        assert_eq!(side.phase().await, Phase::Closed);
        assert!(side.double.asked().is_empty());
    }
}

#[tokio::test]
async fn the_cause_of_a_refusal_is_in_the_log_and_not_in_the_answer() {
    for side in sides(patient()).await {
        let body = r#"{"message": "filter: unknown key \u0007x", "error": {"status": "INVALID_ARGUMENT", "message": "filter: unknown key \u0007x"}}"#;
        side.double.then([Reply::Refusal(400, "", "ValidationException", body.into())]);
        let error = search(side.remote.as_ref(), &side.corpus, 5).await.unwrap_err();
        assert!(error.to_string().contains("filter: unknown key"), "{error}");
        assert!(!error.message().contains("unknown key"));
    }
}

#[tokio::test]
async fn a_port_that_nobody_listens_on_opens_the_breaker() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let shared = integrations(quick());
    let remotes: [(Arc<dyn Remote>, Corpus, Code); 2] = [
        (Arc::new(bedrock::bedrock(&url, &shared)), bedrock_corpus(), Code::AwsRetrieval),
        (Arc::new(vertex::vertex(&url, &shared)), vertex_corpus(), Code::VertexRetrieval),
    ];
    for (remote, corpus, code) in remotes {
        for _ in 0..3 {
            assert_eq!(search(remote.as_ref(), &corpus, 5).await.unwrap_err().code(), code);
        }
        assert_eq!(search(remote.as_ref(), &corpus, 5).await.unwrap_err().code(), Code::IntegrationUnavailable);
    }
}

#[tokio::test]
async fn a_server_without_a_credential_says_so_and_asks_nobody() {
    let double = Double::start(bedrock::strict, bedrock::answer(&[])).await;
    let shared = integrations(ResilienceSettings { failures: 1, ..patient() });
    let bedrock = bedrock::stranger(&double.url, &shared);
    for _ in 0..3 {
        assert_eq!(search(&bedrock, &bedrock_corpus(), 5).await.unwrap_err().code(), Code::AwsAuth);
    }
    assert!(double.asked().is_empty());
}

#[tokio::test]
async fn a_provider_has_only_so_many_places() {
    let settings = ResilienceSettings { max_concurrency: 1, ..patient() };
    for side in sides(settings).await {
        side.double.always(Reply::Silence);
        let waiting = tokio::spawn({
            let (remote, corpus) = (Arc::clone(&side.remote), side.corpus.clone());
            async move { search(remote.as_ref(), &corpus, 5).await.map(drop) }
        });
        while side.double.asked().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(side.code().await, Some(Code::ServiceBusy));
        waiting.abort();
        let _ = waiting.await;
        side.double.always(side.well.clone());
        assert_eq!(side.code().await, None, "who leaves frees a place");
    }
}
