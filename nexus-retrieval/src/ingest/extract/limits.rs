//! How much work one file may be: sizes, counts, depths and time.

use std::{
    cell::{Cell, RefCell},
    time::{Duration, Instant},
};

use nexus_core::settings::Source;
use serde::{Deserialize, Serialize};

use super::ExtractError;

/// The bounds of reading one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes that come out of compressed members, all together.
    pub expanded_bytes: u64,
    /// How often as large as the file what comes out may be; small files may grow more.
    pub ratio: u64,
    /// Members of an archive.
    pub members: usize,
    /// How deep elements and attachments may be nested.
    pub depth: usize,
    /// Pages, slides or sheets.
    pub pages: usize,
    /// Cells of tables, those counted that are empty.
    pub cells: usize,
    /// Characters of the text.
    pub chars: usize,
    /// How long it may take.
    pub time: Duration,
    /// How much memory a process that reads files may use.
    pub memory_bytes: u64,
}

/// Up to here a file may grow by any ratio.
const SMALL: u64 = 16 * 1024 * 1024;

impl Default for Limits {
    fn default() -> Self {
        Self::read(&mut Source::default())
    }
}

impl Limits {
    /// Reads the knobs.
    pub fn read(s: &mut Source) -> Self {
        const MIB: u64 = 1024 * 1024;
        let expanded = s.number(
            "EXTRACT_MAX_EXPANDED_BYTES",
            256 * MIB,
            MIB..=16_384 * MIB,
            "Bytes that may come out of a compressed file",
        );
        let ratio = s.number("EXTRACT_MAX_RATIO", 200, 2..=100_000, "How many times larger than itself a file may get");
        let members = s.number("EXTRACT_MAX_MEMBERS", 20_000, 10..=1_000_000, "Members of a compressed file at most");
        let depth = s.number("EXTRACT_MAX_DEPTH", 256, 16..=4096, "How deep elements of a file may be nested");
        let pages = s.number("EXTRACT_MAX_PAGES", 5000, 1..=100_000, "Pages, slides or sheets of a file at most");
        let cells = s.number("EXTRACT_MAX_CELLS", 2_000_000, 1000..=100_000_000, "Cells of a file's tables at most");
        let chars =
            s.number("EXTRACT_MAX_CHARS", 20_000_000, 1000..=200_000_000, "Characters of a file's text at most");
        let time = s.seconds("EXTRACT_TIMEOUT_SECONDS", 60, 1..=3600, "How long reading a file may take");
        let memory = s.number(
            "EXTRACT_MEMORY_BYTES",
            1024 * MIB,
            128 * MIB..=65_536 * MIB,
            "Memory of a process that reads one file",
        );
        Self { expanded_bytes: expanded, ratio, members, depth, pages, cells, chars, time, memory_bytes: memory }
    }
}

/// What is left of the limits while a file is read.
#[derive(Debug)]
pub(super) struct Budget {
    pub(super) limits: Limits,
    until: Instant,
    /// The bytes of the file itself.
    file: Cell<u64>,
    expanded: Cell<u64>,
    cells: Cell<usize>,
    steps: Cell<u32>,
    /// Why reading was broken off, for callers that only see a failed read.
    verdict: RefCell<Option<ExtractError>>,
}

impl Budget {
    pub(super) fn new(limits: &Limits, file: usize) -> Self {
        Self {
            until: Instant::now() + limits.time,
            limits: *limits,
            file: Cell::new(u64::try_from(file).unwrap_or(u64::MAX)),
            expanded: Cell::new(0),
            cells: Cell::new(0),
            steps: Cell::new(0),
            verdict: RefCell::new(None),
        }
    }

    /// One small step of work: looks at the clock now and then.
    pub(super) fn step(&self) -> Result<(), ExtractError> {
        let steps = self.steps.get().wrapping_add(1);
        self.steps.set(steps);
        if steps.is_multiple_of(256) { self.in_time() } else { Ok(()) }
    }

    pub(super) fn in_time(&self) -> Result<(), ExtractError> {
        if Instant::now() > self.until { Err(ExtractError::TimedOut) } else { Ok(()) }
    }

    /// Counts bytes that came out of something compressed.
    pub(super) fn expand(&self, bytes: usize) -> Result<(), ExtractError> {
        let expanded = self.expanded.get().saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        self.expanded.set(expanded);
        let grown = expanded > SMALL && expanded / self.file.get().max(1) > self.limits.ratio;
        if expanded > self.limits.expanded_bytes || grown {
            let verdict = ExtractError::Bomb;
            self.verdict.replace(Some(verdict.clone()));
            return Err(verdict);
        }
        self.in_time()
    }

    /// Counts cells of a table.
    pub(super) fn cells(&self, count: usize) -> Result<(), ExtractError> {
        let cells = self.cells.get().saturating_add(count);
        self.cells.set(cells);
        if cells > self.limits.cells { Err(ExtractError::too_large("cells")) } else { self.step() }
    }

    /// Checks a count of pages, slides or sheets.
    pub(super) fn pages(&self, count: usize) -> Result<(), ExtractError> {
        if count > self.limits.pages { Err(ExtractError::too_large("pages")) } else { self.in_time() }
    }

    /// Checks how deep elements are nested.
    pub(super) fn depth(&self, depth: usize) -> Result<(), ExtractError> {
        if depth > self.limits.depth { Err(ExtractError::TooDeep) } else { Ok(()) }
    }

    /// Why reading was broken off, or this other error.
    pub(super) fn verdict_or(&self, other: ExtractError) -> ExtractError {
        self.verdict.take().unwrap_or(other)
    }
}
