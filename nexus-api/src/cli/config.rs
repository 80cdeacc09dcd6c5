//! `config`: which knobs there are and what they are set to.

use std::path::Path;

use clap::Subcommand;
use nexus_core::settings::Source;
use serde_json::json;

use super::{Failure, Output};
use crate::settings::Settings;

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Checks every value; nothing is started.
    Check,
    /// Lists every setting with its value, its default and what it does. Secrets are not shown.
    List,
}

pub(super) fn run(config: Option<&Path>, command: &ConfigCommand, out: Output) -> Result<(), Failure> {
    let mut source = Source::from_env(config).map_err(Failure::from_error)?;
    let settings = Settings::read(&mut source);
    match command {
        ConfigCommand::Check => {
            settings.check_serving(&mut source);
            check(&source, out)
        }
        ConfigCommand::List => list(&source, out),
    }
}

fn check(source: &Source, out: Output) -> Result<(), Failure> {
    let faults: Vec<_> = source.errors().iter().map(|e| json!({ "name": e.name, "why": e.why })).collect();
    let valid = faults.is_empty();
    out.result(&json!({ "valid": valid, "errors": faults }), || {
        if valid {
            "every setting can be used".to_owned()
        } else {
            source.errors().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        }
    })?;
    if valid { Ok(()) } else { Err(Failure::Negative(format!("{} settings cannot be used", faults.len()))) }
}

fn list(source: &Source, out: Output) -> Result<(), Failure> {
    for knob in source.declared() {
        let value = source.shown(&knob);
        let entry = json!({
            "name": knob.name, "value": value, "default": knob.default, "given": knob.given, "about": knob.about,
        });
        out.result(&entry, || {
            let mark = if knob.given { "*" } else { " " };
            format!("{mark} {:<36} {:<28} {}", knob.name, value, knob.about)
        })?;
    }
    Ok(())
}
