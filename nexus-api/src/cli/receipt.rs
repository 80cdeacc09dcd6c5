//! `receipt verify`: whether a receipt is in the log that a key vouches for. Needs neither a server nor a database.

use std::{fs, path::PathBuf};

use clap::Subcommand;
use nexus_core::audit::{Anchors, Entry, Proof, Receipt, What, digest};
use serde_json::{Value, json};

use super::{Failure, Output, audit::read_anchors};

#[derive(Debug, Subcommand)]
pub(super) enum ReceiptCommand {
    /// Checks the answer of GET /v1/runs/{id}/receipt, saved as a file. Ends with 3 when it is not right.
    Verify {
        /// The file.
        receipt: PathBuf,
        /// A public key that checkpoints may be signed with, in hex. May be given several times.
        #[arg(long = "key", required = true)]
        keys: Vec<String>,
        /// Checkpoints that were kept outside of the database.
        #[arg(long)]
        checkpoints: Option<PathBuf>,
        /// The question, to be compared with its hash.
        #[arg(long)]
        question: Option<String>,
        /// The answer, to be compared with its hash.
        #[arg(long)]
        answer: Option<String>,
    },
}

pub(super) fn run(command: ReceiptCommand, out: Output) -> Result<(), Failure> {
    let ReceiptCommand::Verify { receipt: path, keys, checkpoints, question, answer } = command;
    let keys: Vec<String> = keys.into_iter().map(|key| key.trim().to_ascii_lowercase()).collect();
    let anchors = match checkpoints {
        Some(path) => read_anchors(&path, &keys)?.map_err(|fault| Failure::Negative(fault.to_string()))?,
        None => Anchors::default(),
    };
    let text = fs::read_to_string(&path).map_err(|error| Failure::Failed(format!("{}: {error}", path.display())))?;
    let shape = || Failure::Failed(format!("{}: not a receipt", path.display()));
    let mut body: Value = serde_json::from_str(&text).map_err(|_| shape())?;
    // With its envelope or without.
    let data = match body.get_mut("data") {
        Some(data) => data.take(),
        None => body,
    };
    let event = data.get("event").ok_or_else(shape)?.to_string();
    let entry: Entry<'_> = serde_json::from_str(&event).map_err(|_| shape())?;
    let receipt = Receipt::of(&entry).ok_or_else(shape)?;
    let Some(proof) = data.get("proof") else {
        return Err(Failure::Negative("the receipt is not sealed yet; ask for it again in some seconds".into()));
    };
    let proof: Proof = serde_json::from_value(proof.clone()).map_err(|_| shape())?;
    let wrong = proof.check(&entry, &keys, &anchors).err().map(What::as_str);
    let differs = |text: Option<String>, hash| text.is_some_and(|text| digest(&text) != hash);
    let wrong = match wrong {
        None if differs(question, receipt.query_sha256) => Some("other_question"),
        None if differs(answer, receipt.answer_sha256) => Some("other_answer"),
        wrong => wrong,
    };
    let run = entry.resource_id.as_ref().map(|id| id.0.clone());
    let value = json!({ "valid": wrong.is_none(), "what": wrong, "run_id": run, "occurred_at": entry.occurred_at,
        "receipt": receipt });
    out.result(&value, || match wrong {
        None => format!("right: run {}, {} passages cited", run.unwrap_or_default(), receipt.cited),
        Some(_) => serde_json::to_string_pretty(&value).unwrap_or_default(),
    })?;
    match wrong {
        None => Ok(()),
        Some(wrong) => Err(Failure::Negative(format!("the receipt is not right: {wrong}"))),
    }
}
