//! `audit`: the log as a file, and whether such a file is right. Checking needs neither a server nor a database.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, BufWriter, Read as _, Write},
    path::{Path, PathBuf},
};

use clap::Subcommand;
use nexus_core::{
    audit::{Anchors, Export, Extent, Fault, Report, Signed, Trust, Verifier, time_text},
    id::TenantId,
    keyring::{self, Filter, KeyStatus, MAX_LIMIT, Purpose},
};
use serde_json::json;

use super::{
    Failure, Output,
    admin::{self, Office},
};

/// The longest line that is read; an event is a hundredth of that.
const MAX_LINE: u64 = 4 * 1024 * 1024;

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Writes the sealed log with everything that proves it, one JSON object a line.
    Export {
        /// Only this tenant; everything otherwise.
        #[arg(long)]
        tenant: Option<TenantId>,
        /// Only what was sealed after this checkpoint.
        #[arg(long)]
        after: Option<u64>,
        /// The file to write; standard output otherwise.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Checks exports with nothing but a public key, and checkpoints that were kept elsewhere. Names the first event that is
    /// wrong, and ends with 3 when there is one.
    Verify {
        /// The export, or its parts in order.
        #[arg(required = true)]
        exports: Vec<PathBuf>,
        /// A public key that checkpoints may be signed with, in hex. May be given several times.
        #[arg(long = "key", required = true)]
        keys: Vec<String>,
        /// Checkpoints that were kept outside of the database: a file, such as audit/checkpoints.jsonl of a data directory, or
        /// a folder of one log, such as below `AUDIT_ANCHOR_URL`. Without
        /// them nobody can see that the end of the log was cut off.
        #[arg(long)]
        checkpoints: Option<PathBuf>,
        /// The checkpoint after which the export begins, because everything up to it was checked before.
        #[arg(long)]
        after: Option<u64>,
    },
    /// Prints the public keys of this installation: the one that signs now, and then those of before.
    Key,
}

pub(super) async fn run(config: Option<&Path>, command: AuditCommand, out: Output) -> Result<(), Failure> {
    match command {
        AuditCommand::Export { tenant, after, out: file } => export(config, tenant, after, file, out).await,
        AuditCommand::Verify { exports, keys, checkpoints, after } => {
            let checked = tokio::task::spawn_blocking(move || verify(&exports, keys, checkpoints.as_deref(), after));
            tell(checked.await.map_err(Failure::from_error)??, out)
        }
        AuditCommand::Key => {
            let (office, database) = admin::open(config).await?;
            let keys = keys(&office).await;
            admin::close(office, database).await?;
            let keys = keys?;
            out.result(&json!({ "key": keys.first(), "keys": keys }), || keys.join("\n"))
        }
    }
}

/// The public keys of this installation: the one that signs now, and those of before.
async fn keys(office: &Office) -> Result<Vec<String>, Failure> {
    let filter = Filter { purpose: Some(Purpose::Signing), status: None };
    let mut tx = office.db.platform().await.map_err(Failure::from_error)?;
    let found = keyring::list(&mut tx, &filter, MAX_LIMIT).await.map_err(Failure::from_error)?;
    let trusted = found.into_iter().filter(|key| key.status != KeyStatus::Revoked);
    let (active, others): (Vec<_>, Vec<_>) = trusted.partition(|key| key.status == KeyStatus::Active);
    let mut keys: Vec<String> = active.into_iter().filter_map(|key| key.public).collect();
    // While the keyring has none that is active, the key of the settings signs.
    let own = if keys.is_empty() { 0 } else { keys.len() + others.len() };
    keys.extend(others.into_iter().filter_map(|key| key.public));
    keys.insert(own.min(keys.len()), office.signing.public().to_owned());
    Ok(keys)
}

async fn export(
    config: Option<&Path>,
    tenant: Option<TenantId>,
    after: Option<u64>,
    file: Option<PathBuf>,
    out: Output,
) -> Result<(), Failure> {
    let (office, database) = admin::open(config).await?;
    let write = async {
        let mut sink: Box<dyn Write + Send> = match &file {
            Some(path) => Box::new(BufWriter::new(File::create(path).map_err(cannot(path))?)),
            None => Box::new(BufWriter::new(io::stdout())),
        };
        let chain = tenant.map(|tenant| tenant.to_string());
        let mut export = Export::new(&office.db, Extent { chain, after, most: None });
        while let Some(lines) = export.next().await.map_err(Failure::from_error)? {
            sink.write_all(&lines).map_err(Failure::from_error)?;
        }
        sink.flush().map_err(Failure::from_error)?;
        Ok(export.events())
    };
    let written = write.await;
    admin::close(office, database).await?;
    out.note(&format!("{} events", written?));
    Ok(())
}

/// What a check found.
type Checked = Result<Report, (PathBuf, Fault)>;

fn verify(
    exports: &[PathBuf],
    keys: Vec<String>,
    checkpoints: Option<&Path>,
    after: Option<u64>,
) -> Result<Checked, Failure> {
    let keys: Vec<String> = keys.into_iter().map(|key| key.trim().to_ascii_lowercase()).collect();
    let anchors = match checkpoints {
        Some(path) => match read_anchors(path, &keys)? {
            Ok(anchors) => anchors,
            Err(fault) => return Ok(Err((path.to_owned(), fault))),
        },
        None => Anchors::default(),
    };
    let mut trust = Trust { keys, anchors, since: after };
    let mut total = Report::default();
    for path in exports {
        let mut verifier = Verifier::new(trust.clone());
        let mut reader = BufReader::with_capacity(1 << 20, File::open(path).map_err(cannot(path))?);
        let mut line = Vec::new();
        let mut faulty = None;
        while faulty.is_none() && next_line(&mut reader, &mut line).map_err(cannot(path))? {
            // What is no text is no line of an export either.
            faulty = verifier.line(std::str::from_utf8(&line).unwrap_or_default()).err();
        }
        let report = match faulty.map_or_else(|| verifier.finish(), Err) {
            Ok(report) => report,
            Err(fault) => return Ok(Err((path.clone(), fault))),
        };
        trust.since = report.through.map(|(number, _)| number);
        total = Report {
            events: total.events + report.events,
            checkpoints: total.checkpoints + report.checkpoints,
            anchored: total.anchored + report.anchored,
            ..report
        };
    }
    Ok(Ok(total))
}

/// Reads a file of checkpoints, or a folder of such files.
pub(super) fn read_anchors(path: &Path, keys: &[String]) -> Result<Result<Anchors, Fault>, Failure> {
    let mut all: Vec<Signed> = Vec::new();
    for file in files(path)? {
        let mut reader = BufReader::new(File::open(&file).map_err(cannot(&file))?);
        let mut line = Vec::new();
        while next_line(&mut reader, &mut line).map_err(cannot(&file))? {
            let signed = serde_json::from_slice(&line);
            all.push(
                signed.map_err(|_| Failure::Failed(format!("{}: not a checkpoint on each line", file.display())))?,
            );
        }
    }
    let fault = |(line, what)| Fault { line, checkpoint: None, at: None, what };
    Ok(Anchors::read(keys, all).map_err(fault))
}

/// A file, or the files of a folder and of those in it, by their names.
fn files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).map_err(cannot(path))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>().map_err(cannot(path))?;
    paths.sort();
    let nested = paths.iter().map(|path| files(path)).collect::<Result<Vec<_>, _>>()?;
    Ok(nested.into_iter().flatten().collect())
}

/// Reads the next line without its end; false when there is none.
fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    reader.take(MAX_LINE).read_until(b'\n', line)?;
    let any = !line.is_empty();
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    Ok(any)
}

fn tell(checked: Checked, out: Output) -> Result<(), Failure> {
    let report = match checked {
        Ok(report) if !report.more => report,
        Ok(_) => {
            return Err(Failure::Negative("what is here is right, and it is not all: the last part is missing".into()));
        }
        Err((path, fault)) => {
            let at = fault.at.as_ref();
            let value = json!({
                "valid": false, "what": fault.what.as_str(), "chain": at.map(|at| &at.chain), "seq": at.map(|at| at.seq),
                "id": at.and_then(|at| at.id), "checkpoint": fault.checkpoint, "line": fault.line, "file": path,
            });
            if out.is_json() {
                out.raw(&value)?;
            }
            return Err(Failure::Negative(format!("{}: {fault}", path.display())));
        }
    };
    let through = report.through.map(|(number, time)| json!({ "checkpoint": number, "time": time_text(time) }));
    let value = json!({
        "valid": true, "chain": report.chain, "events": report.events, "chains": report.chains,
        "checkpoints": report.checkpoints, "anchored": report.anchored, "through": through,
    });
    out.result(&value, || {
        let whose = match report.chain.as_deref() {
            None => format!("all {} chains", report.chains),
            Some("") => "the platform".to_owned(),
            Some(tenant) => format!("tenant {tenant}"),
        };
        let until = report.through.map_or_else(
            || "nothing is sealed yet".to_owned(),
            |(number, time)| format!("up to checkpoint {number} of {}", time_text(time)),
        );
        let anchored = if report.anchored == 0 {
            "; no checkpoint was compared with one that was kept elsewhere".to_owned()
        } else {
            format!("; {} of {} checkpoints compared with ones kept elsewhere", report.anchored, report.checkpoints)
        };
        format!("right: {} events of {whose}, {until}{anchored}", report.events)
    })
}

fn cannot(path: &Path) -> impl Fn(io::Error) -> Failure {
    let path = path.display().to_string();
    move |error| Failure::Failed(format!("{path}: {error}"))
}
