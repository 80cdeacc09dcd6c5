//! Imports whose server is killed, imports from a bucket, and files without an end.

use std::{fs, path::Path, process::Stdio, time::Duration};

use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use nexus_sdk::client::Client;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::harness::{Home, Http, chance, rounds, server, until};

/// An installation that imports from a folder of its own.
async fn home() -> Home {
    let home = Home::new().await;
    let source = format!("file://{}", home.dir.path().join("in").display());
    home.with("IMPORT_SOURCES", &source)
}

fn name(n: usize) -> String {
    format!("part-{}/file-{n:04}.txt", n % 7)
}

fn write_folder(root: &Path, files: usize) {
    for n in 0..files {
        let path = root.join(name(n));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("Matter {n} is decided in room {}.", n * 3)).unwrap();
    }
}

fn write_archive(path: &Path, files: usize) {
    let mut archive = zip::ZipWriter::new(fs::File::create(path).unwrap());
    for n in 0..files {
        archive.start_file(name(n), zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut archive, format!("Matter {n} is decided in room {}.", n * 3).as_bytes())
            .unwrap();
    }
    archive.finish().unwrap();
}

async fn look(http: &Http, id: &str) -> Value {
    let (status, body) = http.get(&format!("/v1/imports/{id}")).await;
    if status != 200 {
        return Value::Null;
    }
    serde_json::from_str::<Value>(&body).unwrap()["data"].clone()
}

async fn begin(http: &Http, source: &str) -> String {
    let (status, body) = http.send("POST", "/v1/imports", &json!({ "corpus_id": "c", "source": source })).await;
    assert_eq!(status, 202, "{body}");
    serde_json::from_str::<Value>(&body).unwrap()["data"]["id"].as_str().unwrap().to_owned()
}

async fn ended(http: &Http, id: &str) -> Value {
    until("the import ends", 180, || async { look(http, id).await["status"] != "running" }).await;
    look(http, id).await
}

/// Kills the server again and again while it imports: each file is counted once, and is one document.
async fn killed_while_importing(archive: bool) {
    let home = home().await;
    let key = home.key("t", "admin", "u");
    let (files, kills) = (rounds(120).min(2000), rounds(3).min(20));
    let root = home.dir.path().join("in");
    fs::create_dir_all(&root).unwrap();
    if archive {
        write_archive(&root.join("all.zip"), files);
    } else {
        write_folder(&root.join("all"), files);
    }
    let mut server = home.start(&[]).await;
    server::corpus(&server.client(&key)).await;
    let source = format!("file://{}/all{}", root.display(), if archive { ".zip" } else { "" });
    let id = begin(&server.http(&key), &source).await;
    let done = |import: &Value| ["accepted", "unchanged", "failed"].map(|key| import[key].as_u64().unwrap_or(0));
    let mut in_the_middle = 0;
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(200 + chance(1000))).await;
        let import = look(&server.http(&key), &id).await;
        in_the_middle += usize::from(import["status"] == "running" && done(&import)[0] > 0);
        server.kill();
        server = home.start(&[]).await;
    }
    let http = server.http(&key);
    let import = ended(&http, &id).await;
    println!("import archive={archive}: {kills} kills ({in_the_middle} in the middle), {import}");
    assert_eq!(import["status"], "succeeded", "{import}");
    let [accepted, unchanged, failed] = done(&import);
    assert_eq!((accepted + unchanged, failed), (files as u64, 0), "{import}");
    let mut owner = nexus_core::pg::testing::connect(&SecretString::from(home.database_url())).await;
    let documents = "SELECT count(*) FROM documents WHERE status = 'succeeded'";
    until("every document is done", 180, || async {
        let mut look = nexus_core::pg::testing::connect(&SecretString::from(home.database_url())).await;
        sqlx::query_scalar::<_, i64>(documents).fetch_one(&mut look).await.unwrap() == files as i64
    })
    .await;
    let all: i64 = sqlx::query_scalar("SELECT count(*) FROM documents").fetch_one(&mut owner).await.unwrap();
    assert_eq!(all, files as i64);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_of_a_folder_survives_kills() {
    killed_while_importing(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_of_an_archive_survives_kills() {
    killed_while_importing(true).await;
}

/// A bucket with two pages of three objects each, in its own protocol. Every request has to be signed.
async fn bucket(
    State(objects): State<Vec<&'static str>>,
    uri: Uri,
    query: Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Response {
    let signed = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !signed.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") {
        return StatusCode::FORBIDDEN.into_response();
    }
    let asked = |name: &str| query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    if asked("list-type") != "2" {
        let key = uri.path().strip_prefix("/bucket/").unwrap_or_default();
        if !objects.contains(&key) {
            return StatusCode::NOT_FOUND.into_response();
        }
        let about = [(header::ETAG, "\"x\""), (header::LAST_MODIFIED, "Thu, 01 Jan 2026 00:00:00 GMT")];
        return (about, format!("What {key} says.")).into_response();
    }
    let after = asked("continuation-token").max(asked("start-after"));
    let left: Vec<_> = objects.iter().filter(|key| key.starts_with(asked("prefix")) && **key > after).collect();
    let mut page = left.iter().take(3);
    let entries: String = page
        .clone()
        .map(|key| {
            let size = format!("What {key} says.").len();
            format!(
                "<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>x</ETag>\
                 <Size>{size}</Size></Contents>"
            )
        })
        .collect();
    let next = page.next_back().filter(|_| left.len() > 3);
    let next = next.map(|key| format!("<NextContinuationToken>{key}</NextContinuationToken>")).unwrap_or_default();
    let body =
        format!("<ListBucketResult><IsTruncated>{}</IsTruncated>{next}{entries}</ListBucketResult>", left.len() > 3);
    ([(header::CONTENT_TYPE, "application/xml")], body).into_response()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prefix_of_a_bucket_is_imported() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let objects =
        vec!["in/t/1.txt", "in/t/2.txt", "in/t/3.txt", "in/t/4.txt", "in/t/a.zip", "in/t/deep/5.md", "in/u/x.txt"];
    let double = Router::new().fallback(bucket).with_state(objects);
    tokio::spawn(async move { axum::serve(listener, double).await });
    let home = Home::new().await.with("IMPORT_SOURCES", "s3://bucket/in/{tenant}").with_bucket(&endpoint);
    let key = home.key("t", "admin", "u");
    let server = home.start(&[]).await;
    let client = server.client(&key);
    server::corpus(&client).await;
    let http = server.http(&key);
    let (status, _) =
        http.send("POST", "/v1/imports", &json!({ "corpus_id": "c", "source": "s3://bucket/in/u" })).await;
    assert_eq!(status, 422, "the prefix of another tenant");
    let id = begin(&http, "s3://bucket/in/t").await;
    let import = ended(&http, &id).await;
    assert_eq!((&import["status"], &import["accepted"]), (&json!("succeeded"), &json!(6)), "{import}");
    let id = begin(&http, "s3://bucket/in/t/a.zip").await;
    let import = ended(&http, &id).await;
    assert!(import["failure_reason"].as_str().unwrap().starts_with("an archive inside of a bucket"), "{import}");
    let id = begin(&http, "s3://bucket/in/t/none").await;
    assert_eq!(ended(&http, &id).await["failure_reason"], "there is nothing at this source");
}

/// The most memory that a process has had resident.
fn peak(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

const MIB: u64 = 1024 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn a_gigabyte_in_one_line_is_refused_and_takes_no_memory() {
    let home = Home::new().await;
    let key = home.key("t", "admin", "u");
    let server = home.start(&[]).await;
    server::corpus(&server.client(&key)).await;
    let before = peak(server.pid()).unwrap();
    // To the server, in pieces and without saying how much will come.
    let mut socket = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "POST /v1/documents HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: multipart/form-data; boundary=B\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let form = "--B\r\nContent-Disposition: form-data; name=\"corpus_id\"\r\n\r\nc\r\n--B\r\nContent-Disposition: form-data; \
                name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n";
    socket.write_all(format!("{:x}\r\n{form}\r\n", form.len()).as_bytes()).await.unwrap();
    let piece = format!("{:x}\r\n{}\r\n", MIB, "x".repeat(MIB as usize));
    let (mut answers, mut sends) = socket.into_split();
    let sending = tokio::spawn(async move {
        let mut sent = 0;
        while sent < 1024 && sends.write_all(piece.as_bytes()).await.is_ok() {
            sent += 1;
        }
        sent
    });
    let mut answer = Vec::new();
    let _ = answers.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    drop(answers);
    let sent = sending.await.unwrap();
    let grown = peak(server.pid()).unwrap() - before;
    println!("gigabyte line: {sent} MiB sent, {} MiB more in the server", grown / MIB);
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(grown < 256 * MIB, "{} MiB", grown / MIB);

    // By the command line, which reads no further than a file may be long.
    let path = home.dir.path().join("line.txt");
    fs::File::create(&path).unwrap().set_len(1024 * MIB).unwrap();
    let mut command = home.command(&["--json", "ingest", path.to_str().unwrap(), "--corpus", "c"]);
    command.env("NEXUS_URL", format!("http://{}", server.address)).env("NEXUS_API_KEY", &key).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        most = most.max(peak(child.id()).unwrap_or(0));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let done = child.wait_with_output().unwrap();
    let said: Value = serde_json::from_slice(&done.stdout).unwrap();
    println!("gigabyte line: {} MiB at most in the command, {said}", most / MIB);
    assert!(said["detail"].as_str().unwrap().starts_with("too_large: "), "{said}");
    assert!(!done.status.success() && most < 256 * MIB);
    let client: Client = server.client(&key);
    client.documents().ingest_text(&server::text("d", "Still here.")).await.unwrap();
    client.documents().wait("d", Duration::from_mins(1)).await.unwrap();
}
