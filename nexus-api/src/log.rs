//! Log lines: one JSON object a line on stderr, each with the request it belongs to.
//!
//! A line holds the id, the method and the template of a request, never its query, its headers or its body: those may
//! hold what must not be kept.

use std::{io::IsTerminal as _, panic::PanicHookInfo};

use nexus_core::settings::Source;
use tracing::Subscriber;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Libraries that speak too much when only a level is given; one of them of what clients say.
const QUIET: &str = "hyper=warn,hyper_util=warn,h2=warn,tower=warn,sqlx=warn,fred=warn,rustls=warn,reqwest=warn,\
                     rmcp=error";

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object.
    Json,
    /// For people.
    Text,
}

/// The knobs of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How a line is written.
    pub format: Format,
    /// Which lines are written, as directives.
    pub filter: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self { format: Format::Json, filter: directives("info") }
    }
}

impl Settings {
    /// Reads the knobs.
    pub fn read(source: &mut Source) -> Self {
        const LEVEL: &str = "LOG_LEVEL";
        let words = [("json", Some(Format::Json)), ("text", Some(Format::Text)), ("auto", None)];
        let about = "How log lines are written: json, text, or auto (text on a terminal).";
        let format = source.choice("LOG_FORMAT", "auto", &words, about).flatten();
        let about = "What is logged: error, warn, info, debug, trace, or directives such as info,nexus_core=debug.";
        let filter = directives(&source.text_or(LEVEL, "info", about));
        if let Err(e) = EnvFilter::try_new(&filter) {
            source.refuse(LEVEL, e.to_string());
        }
        let on_terminal = || if std::io::stderr().is_terminal() { Format::Text } else { Format::Json };
        Self { format: format.unwrap_or_else(on_terminal), filter }
    }
}

/// Somebody else already receives the log of this process.
#[derive(Debug, thiserror::Error)]
#[error("the log of this process is already set up")]
pub struct AlreadySet;

/// Sends the log of this process to stderr, panics included.
pub fn init(settings: &Settings) -> Result<(), AlreadySet> {
    subscriber(settings, std::io::stderr).try_init().map_err(|_| AlreadySet)?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

type Boxed = Box<dyn Subscriber + Send + Sync>;

/// What writes the lines.
pub fn subscriber<W>(settings: &Settings, writer: W) -> Boxed
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(&settings.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let registry = tracing_subscriber::registry().with(filter);
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    match settings.format {
        Format::Text => Box::new(registry.with(lines)),
        Format::Json => {
            Box::new(registry.with(lines.json().flatten_event(true).with_current_span(true).with_span_list(false)))
        }
    }
}

fn directives(level: &str) -> String {
    let bare = level.trim().parse::<tracing::level_filters::LevelFilter>().is_ok();
    if bare { format!("{},{QUIET}", level.trim()) } else { level.to_owned() }
}

/// The words of a panic go to the log, its place too; a client sees neither.
fn log_panic(info: &PanicHookInfo<'_>) {
    let words = info.payload_as_str().unwrap_or("(no words)");
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, words, "panic");
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use std::{
        io::{self, Write},
        sync::{Arc, Mutex},
    };

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(settings: &Settings, say: impl FnOnce()) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        tracing::subscriber::with_default(subscriber(settings, move || writer.clone()), say);
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_line_is_one_object_with_the_request_it_belongs_to() {
        let text = written(&Settings::default(), || {
            let span = tracing::info_span!("request", request_id = "r-1", route = tracing::field::Empty);
            span.record("route", "/v1/run");
            span.in_scope(|| tracing::info!(status = 200, "line one\nline two"));
            tracing::debug!("not written");
            tracing::info!(target: "hyper", "not written");
        });
        let lines: Vec<serde_json::Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(lines.len(), 1, "{text}");
        assert_eq!(lines[0]["status"], 200);
        assert_eq!(lines[0]["level"], "INFO");
        assert_eq!((&lines[0]["span"]["request_id"], &lines[0]["span"]["route"]), (&"r-1".into(), &"/v1/run".into()));
    }

    #[test]
    fn a_level_that_is_none_names_its_variable() {
        let mut source = Source::from_pairs([("LOG_LEVEL", "info,x=loud"), ("LOG_FORMAT", "xml")]);
        Settings::read(&mut source);
        let mut names: Vec<_> = source.errors().iter().map(|e| e.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["LOG_FORMAT", "LOG_LEVEL"]);
    }
}
