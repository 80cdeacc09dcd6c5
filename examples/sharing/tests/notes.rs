//! Notes are read by their owners, by those they share with, and by nobody else.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use sharing::{Notes, routes};
use tower::ServiceExt as _;

async fn ask(service: &Router, method: &str, path: &str, user: &str, body: &str) -> (u16, String) {
    let mut request = Request::builder().method(method).uri(path).header("x-user", user);
    if user == "chair" {
        request = request.header("x-board", "yes");
    }
    let answer = service.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    (status, String::from_utf8(to_bytes(answer.into_body(), 4096).await.unwrap().to_vec()).unwrap())
}

#[tokio::test]
async fn notes_are_read_by_whom_they_are_meant_for() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("notes.json");
    let service = routes(Arc::new(Notes::open(&file).unwrap()));
    assert_eq!(ask(&service, "PUT", "/notes/plan", "ada", "Launch on Monday.").await.0, 204);
    assert_eq!(ask(&service, "GET", "/notes/plan", "bob", "").await.0, 404);
    assert_eq!(ask(&service, "PUT", "/notes/plan", "bob", "Never.").await.0, 404);
    assert_eq!(ask(&service, "POST", "/notes/plan/shares/bob", "bob", "").await.0, 404);
    assert_eq!(ask(&service, "POST", "/notes/plan/shares/bob", "ada", "").await.0, 204);
    assert_eq!(ask(&service, "GET", "/notes/plan", "bob", "").await, (200, "Launch on Monday.".to_owned()));
    assert_eq!(ask(&service, "GET", "/notes", "bob", "").await.1, r#"["plan"]"#);
    assert_eq!(ask(&service, "GET", "/notes", "eve", "").await.1, "[]");

    // A policy is stronger than a grant.
    assert_eq!(ask(&service, "PUT", "/notes/raise", "chair", "board: a raise").await.0, 204);
    assert_eq!(ask(&service, "POST", "/notes/raise/shares/bob", "chair", "").await.0, 204);
    assert_eq!(ask(&service, "GET", "/notes/raise", "bob", "").await.0, 404);
    assert_eq!(ask(&service, "GET", "/notes/raise", "chair", "").await.0, 200);

    let again = routes(Arc::new(Notes::open(&file).unwrap()));
    assert_eq!(ask(&again, "GET", "/notes/plan", "bob", "").await.0, 200, "notes outlive the service");
}
