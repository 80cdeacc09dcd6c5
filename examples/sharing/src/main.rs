//! Serves notes on port 8081.

use std::{error::Error, sync::Arc};

use sharing::{Notes, routes};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::var("DATABASE_URL").unwrap_or_else(|_| "notes.json".to_owned());
    let notes = Arc::new(Notes::open(file)?);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8081").await?;
    Ok(axum::serve(listener, routes(notes)).await?)
}
