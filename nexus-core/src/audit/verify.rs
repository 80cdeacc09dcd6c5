//! Checks an export without a database, a network or a server: only the export, checkpoints that were kept elsewhere, and the
//! published key. Pure.
//!
//! Lines are read one after the other and forgotten; what is remembered is where each chain is, and the blocks since the last
//! checkpoint.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::{
    chain::{Head, Heads, Place},
    checkpoint::Signed,
    fault::{At, Fault, What},
    line::{Closing, EventLine, FORMAT, HeadLine, Line, Opening, SealLine},
    trail::{Anchors, Trail},
    tree::{Hash, Tree},
};

/// What the person who checks knows from elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Public keys that checkpoints may be signed with, in hex.
    pub keys: Vec<String>,
    /// Checkpoints that were kept outside of the database.
    pub anchors: Anchors,
    /// The checkpoint after which an export may begin, because what is before was checked already.
    pub since: Option<u64>,
}

/// What is right.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// The chain that was checked; all when absent.
    pub chain: Option<String>,
    /// How many events.
    pub events: u64,
    /// How many chains.
    pub chains: u64,
    /// How many checkpoints.
    pub checkpoints: u64,
    /// The last one, and when it was made. What happened later is not vouched for.
    pub through: Option<(u64, DateTime<Utc>)>,
    /// How many of the checkpoints were compared with ones that were kept elsewhere.
    pub anchored: u64,
    /// Whether there is more than this export holds.
    pub more: bool,
}

/// A block whose events come.
#[derive(Debug)]
struct Open {
    chain: String,
    before: Head,
    head: Head,
    place: Place,
    leaves: Vec<Hash>,
}

/// A block that waits for its checkpoint.
#[derive(Debug)]
struct Closed {
    chain: String,
    first: u64,
    head: Head,
    place: Place,
}

/// Checks an export line by line.
#[derive(Debug)]
pub struct Verifier {
    trust: Trust,
    line: u64,
    opening: Option<Opening>,
    trail: Trail,
    heads: HashMap<String, Head>,
    open: Option<Open>,
    closed: Vec<Closed>,
    /// Chains that were shown to be where they are at the last checkpoint.
    shown: u64,
    /// Whether heads are taken as the beginning.
    beginning: bool,
    pruned: Option<u64>,
    sealed: u64,
    ended: bool,
    report: Report,
    buffer: Vec<u8>,
}

impl Verifier {
    /// Begins.
    #[must_use]
    pub fn new(trust: Trust) -> Self {
        Self {
            trail: Trail::new(&trust.keys, true),
            trust,
            line: 0,
            opening: None,
            heads: HashMap::new(),
            open: None,
            closed: Vec::new(),
            shown: 0,
            beginning: false,
            pruned: None,
            sealed: 0,
            ended: false,
            report: Report::default(),
            buffer: Vec::with_capacity(1024),
        }
    }

    /// Takes the next line.
    pub fn line(&mut self, text: &str) -> Result<(), Fault> {
        self.line += 1;
        let line = serde_json::from_str(text).map_err(|_| self.fault(What::Unreadable))?;
        match (line, &self.opening) {
            (Line::Export(opening), None) => self.begin(opening),
            (_, None) | (Line::Export(_), Some(_)) => Err(self.fault(What::Unreadable)),
            _ if self.ended => Err(self.fault(What::CutOff)),
            (Line::Seal(seal), _) => self.seal(seal),
            (Line::Event(event), _) => self.event(&event),
            (Line::Missing(gone), _) => Err(self.at_open(gone.seq, Some(gone.id), What::Missing)),
            (Line::Stray(event), _) => {
                let at = At { chain: event.chain().to_owned(), seq: 0, id: Some(event.id) };
                Err(Fault { at: Some(at), ..self.fault(What::Inserted) })
            }
            (Line::Checkpoint(signed), _) => self.checkpoint(&signed),
            (Line::Head(head), _) => self.head(&head),
            (Line::End(closing), _) => self.end(&closing),
        }
    }

    /// Says what was found right, or the first thing that is not.
    pub fn finish(self) -> Result<Report, Fault> {
        if self.ended { Ok(self.report) } else { Err(self.fault(What::CutOff)) }
    }

    fn begin(&mut self, opening: Opening) -> Result<(), Fault> {
        if opening.format != FORMAT {
            return Err(self.fault(What::Unreadable));
        }
        self.trail = Trail::new(&self.trust.keys, opening.chain.is_none());
        self.report.chain.clone_from(&opening.chain);
        self.opening = Some(opening);
        Ok(())
    }

    fn seal(&mut self, seal: SealLine<'_>) -> Result<(), Fault> {
        self.close()?;
        self.begun()?;
        let chain = seal.chain.0.into_owned();
        let at = |seq| Some(At { chain: chain.clone(), seq, id: None });
        let foreign = self.report.chain.as_ref().is_some_and(|only| *only != chain);
        let twice = self.closed.iter().any(|closed| closed.chain == chain);
        if foreign || twice || seal.events == 0 || seal.first_seq == 0 {
            return Err(Fault { at: at(seal.first_seq), ..self.fault(What::BrokenBlock) });
        }
        let before = self.heads.get(&chain).copied().unwrap_or_default();
        if seal.first_seq > before.seq + 1 {
            return Err(Fault { at: at(before.seq + 1), ..self.fault(What::Missing) });
        }
        if seal.first_seq <= before.seq || seal.previous != before.hash {
            return Err(Fault { at: at(seal.first_seq), ..self.fault(What::BrokenBlock) });
        }
        let head = Head { seq: before.seq.saturating_add(seal.events), hash: seal.head };
        let place = Place { index: seal.index, path: seal.path };
        self.open = Some(Open { chain, before, head, place, leaves: Vec::new() });
        Ok(())
    }

    fn event(&mut self, event: &EventLine<'_>) -> Result<(), Fault> {
        let Some(open) = &mut self.open else { return Err(self.fault(What::Inserted)) };
        let expected = open.before.seq + u64::try_from(open.leaves.len()).unwrap_or(u64::MAX) + 1;
        let (seq, id) = (event.seq, Some(event.entry.id));
        let what = if seq > open.head.seq || seq < expected {
            What::Inserted
        } else if seq > expected {
            return Err(self.at_open(expected, None, What::Missing));
        } else if event.entry.chain() != open.chain {
            What::Moved
        } else if event.entry.leaf(seq, &mut self.buffer) == event.leaf
            || event.entry.leaf_rewritten(seq, &mut self.buffer) == event.leaf
        {
            open.leaves.push(event.leaf);
            return Ok(());
        } else {
            What::Edited
        };
        Err(self.at_open(seq, id, what))
    }

    /// The events of a block have come.
    fn close(&mut self) -> Result<(), Fault> {
        let Some(open) = self.open.take() else { return Ok(()) };
        let Open { chain, before, head, place, leaves } = open;
        let events = u64::try_from(leaves.len()).unwrap_or(u64::MAX);
        let at = |seq| Some(At { chain: chain.clone(), seq, id: None });
        if before.seq + events < head.seq {
            return Err(Fault { at: at(before.seq + events + 1), ..self.fault(What::Missing) });
        }
        if before.after(&chain, events, &Tree::new(leaves).root()) != head {
            return Err(Fault { at: at(before.seq + 1), ..self.fault(What::BrokenBlock) });
        }
        self.report.events += events;
        self.sealed += events;
        self.heads.insert(chain.clone(), head);
        self.closed.push(Closed { chain, first: before.seq + 1, head, place });
        Ok(())
    }

    fn checkpoint(&mut self, signed: &Signed) -> Result<(), Fault> {
        self.close()?;
        self.begun()?;
        let first = self.closed.first().map(|it| At { chain: it.chain.clone(), seq: it.first, id: None });
        let before = self.trail.last().map(|it| (it.number, it.events));
        let hash = signed.hash();
        let refused = self.trail.push(signed);
        refused.map_err(|(checkpoint, what)| Fault { checkpoint, at: first.clone(), ..self.fault(what) })?;
        let Some(now) = self.trail.last().cloned() else { return Err(self.fault(What::NoCheckpoint)) };
        let (line, checkpoint) = (self.line, Some(now.number));
        let refuse = |what| Fault { line, checkpoint, at: first.clone(), what };
        match self.trust.anchors.get(now.number) {
            Some(anchor) if anchor != hash => return Err(refuse(What::Rewritten)),
            Some(_) => self.report.anchored += 1,
            None => {}
        }
        let after = self.opening.as_ref().and_then(|opening| opening.after);
        match (before, after) {
            (None, Some(after)) if after == now.number && self.closed.is_empty() => self.beginning = true,
            (None, Some(_)) => return Err(refuse(What::CheckpointMissing)),
            (None, None) if self.report.chain.is_none() && now.number != 1 => {
                return Err(refuse(What::CheckpointMissing));
            }
            _ => {}
        }
        let whole = self.report.chain.is_none() && !self.beginning;
        let base = before.map_or(0, |(_, events)| events);
        if whole && now.events != base + self.sealed {
            return Err(refuse(What::NotInCheckpoint));
        }
        for block in &self.closed {
            if block.place.root(&block.chain, &block.head, now.chains) != Some(now.root) {
                let at = Some(At { chain: block.chain.clone(), seq: block.first, id: None });
                return Err(Fault { at, ..refuse(What::NotInCheckpoint) });
            }
        }
        self.pruned = now.pruned.as_ref().map(|pruned| pruned.through).max(self.pruned);
        self.closed.clear();
        (self.sealed, self.shown) = (0, 0);
        self.report.checkpoints += 1;
        self.report.through = Some((now.number, now.time));
        Ok(())
    }

    fn head(&mut self, line: &HeadLine<'_>) -> Result<(), Fault> {
        self.close()?;
        let head = Head { seq: line.seq, hash: line.head };
        let place = Place { index: line.index, path: line.path.clone() };
        let chain = line.chain.0.as_ref();
        let known = self.heads.get(chain).copied();
        let at = Some(At { chain: chain.to_owned(), seq: known.unwrap_or(head).seq, id: None });
        let Some(now) = self.trail.last().filter(|_| self.closed.is_empty()) else {
            return Err(Fault { at, ..self.fault(What::NoCheckpoint) });
        };
        let (line, checkpoint) = (self.line, Some(now.number));
        let refuse = |what| Fault { line, checkpoint, at: at.clone(), what };
        if place.root(chain, &head, now.chains) != Some(now.root) {
            return Err(refuse(What::NotInCheckpoint));
        }
        match known {
            None if self.beginning => drop(self.heads.insert(chain.to_owned(), head)),
            Some(known) if known == head => {}
            // The checkpoint knows more events of the chain than are here: its end was cut off.
            Some(known) if known.seq < head.seq && !self.beginning => {
                let at = Some(At { chain: chain.to_owned(), seq: known.seq + 1, id: None });
                return Err(Fault { at, ..refuse(What::Missing) });
            }
            None => {
                let at = Some(At { chain: chain.to_owned(), seq: 1, id: None });
                return Err(Fault { at, ..refuse(What::Missing) });
            }
            Some(_) => return Err(refuse(What::NotInCheckpoint)),
        }
        self.shown += 1;
        Ok(())
    }

    /// The heads that are the beginning have come.
    fn begun(&mut self) -> Result<(), Fault> {
        if std::mem::take(&mut self.beginning) && self.report.chain.is_none() {
            self.all_heads_are_known()?;
        }
        Ok(())
    }

    /// An export of all chains has all of them.
    fn all_heads_are_known(&self) -> Result<(), Fault> {
        let Some(now) = self.trail.last() else { return Ok(()) };
        let mut heads = Heads::default();
        self.heads.iter().for_each(|(chain, head)| heads.set(chain, *head));
        if heads.chains() == now.chains && heads.tree().root() == now.root {
            return Ok(());
        }
        Err(Fault { checkpoint: Some(now.number), ..self.fault(What::NotInCheckpoint) })
    }

    fn end(&mut self, closing: &Closing) -> Result<(), Fault> {
        self.close()?;
        self.begun()?;
        let last = self.trail.last().map(|it| it.number);
        let through = Fault { checkpoint: last, ..self.fault(What::CutOff) };
        if !self.closed.is_empty() || closing.through != last || closing.events != self.report.events {
            return Err(through);
        }
        match &self.report.chain {
            None => self.all_heads_are_known()?,
            // What a checkpoint says of a chain that has begun has to be shown.
            Some(_) if !self.heads.is_empty() && self.shown == 0 => return Err(through),
            Some(_) => {}
        }
        // What one part does not tell, a later one has to.
        if !closing.more && self.trust.anchors.newest() > last.unwrap_or(0) {
            return Err(Fault { what: What::RolledBack, ..through });
        }
        let after = self.opening.as_ref().and_then(|opening| opening.after);
        if !closing.more && after.is_some() && after != self.trust.since && after != self.pruned {
            return Err(Fault { checkpoint: after, ..self.fault(What::NotPruned) });
        }
        self.report.chains = u64::try_from(self.heads.len()).unwrap_or(u64::MAX);
        self.report.more = closing.more;
        self.ended = true;
        Ok(())
    }

    fn at_open(&self, seq: u64, id: Option<i64>, what: What) -> Fault {
        let chain = self.open.as_ref().map_or_else(String::new, |open| open.chain.clone());
        Fault { at: Some(At { chain, seq, id }), ..self.fault(what) }
    }

    fn fault(&self, what: What) -> Fault {
        Fault { line: self.line, checkpoint: None, at: None, what }
    }
}
