//! Reads `<customer> <text>` from standard input. Each customer may spend a cent a month, at a tenth of a cent a character.

use std::{collections::BTreeSet, env, error::Error};

use spending::Bureau;
use tokio::io::{AsyncBufReadExt as _, BufReader, stdin};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    eprintln!("the host's own DATABASE_URL is {:?}", env::var("DATABASE_URL").ok());
    let bureau = Bureau::open(&env::var("SPENDING_DATABASE_URL")?, 1000).await?;
    let mut known = BTreeSet::new();
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let Some((customer, text)) = line.split_once(' ') else { continue };
        if known.insert(customer.to_owned()) {
            bureau.customer(customer, "0.001", "0.01").await?;
        }
        match bureau.translate(customer, text).await {
            Ok(said) => println!("{said}  ({} spent)", bureau.spent(customer).await?),
            Err(refused) => println!("refused: {refused}"),
        }
    }
    Ok(())
}
