//! Reads commands from standard input: `put <name> <text>`, `share <name> <user>`, and `ask <question>` as the user `guest`.

use std::{env, error::Error, path::PathBuf};

use shelf::Shelf;
use tokio::io::{AsyncBufReadExt as _, BufReader, stdin};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let originals = PathBuf::from(env::var("SHELF_ORIGINALS").unwrap_or_else(|_| "originals".to_owned()));
    std::fs::create_dir_all(&originals)?;
    let shelf = Shelf::open(&env::var("DATABASE_URL")?, &env::var("SHELF_DATABASE_URL")?, &originals).await?;
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        match line.split_once(' ') {
            Some(("put", rest)) => {
                let (name, text) = rest.split_once(' ').unwrap_or((rest, ""));
                shelf.put(name, text).await?;
                shelf.share(name, "guest").await?;
            }
            Some(("share", rest)) => {
                let (name, user) = rest.split_once(' ').unwrap_or((rest, "guest"));
                shelf.share(name, user).await?;
            }
            Some(("ask", question)) => {
                for hit in shelf.ask("guest", question).await? {
                    println!("{:.2}  {} {}–{}  {}", hit.score, hit.title, hit.start, hit.end, hit.text);
                }
            }
            _ => eprintln!("put <name> <text>, share <name> <user>, ask <question>"),
        }
    }
    Ok(())
}
