//! What every measurement begins and ends with.

use std::{fs, path::PathBuf};

use serde::Serialize;

use crate::{
    Common, Failure,
    machine::{self, Machine},
    server,
};

/// What is measured, on what, and where it is told.
pub struct Bench {
    /// The server program.
    pub program: PathBuf,
    /// The embedding.
    pub embedding: String,
    /// Documents of a corpus.
    pub documents: usize,
    /// The machine.
    pub machine: Machine,
    output: PathBuf,
    name: Option<String>,
}

impl Bench {
    /// Finds or builds the server.
    pub fn prepare(common: &Common, program: Option<PathBuf>) -> Result<Self, Failure> {
        let program = program.map_or_else(server::build, Ok)?;
        let machine = machine::describe(&program)?;
        let (embedding, output, name) = (common.embedding.clone(), common.output.clone(), common.name.clone());
        Ok(Self { program, embedding, documents: common.documents, machine, output, name })
    }

    /// The first lines of a report.
    pub fn heading(&self, title: &str) -> String {
        self.machine.heading(title, &self.embedding)
    }

    /// Writes `<name>.md` and `<name>.json`, and shows the first.
    pub fn write(&self, name: &str, markdown: &str, value: &impl Serialize) -> Result<(), Failure> {
        let name = self.name.as_deref().unwrap_or(name);
        fs::create_dir_all(&self.output)?;
        fs::write(self.output.join(format!("{name}.md")), markdown)?;
        fs::write(self.output.join(format!("{name}.json")), serde_json::to_string_pretty(value)? + "\n")?;
        println!("{markdown}");
        Ok(())
    }
}
