//! The chain of each tenant: blocks of events, each block naming the one before it, and a tree over the newest blocks of
//! all chains. Pure.

use std::collections::BTreeMap;

use super::{
    entry::{Entry, put},
    tree::{Hash, Tree, climb},
};

/// What the bytes of a head begin with, so that nothing else passes for one.
const HEAD_TAG: &str = "nexusrag-audit-head/1";

/// How far a chain is, and the hash of its newest block. A chain that has not begun is at nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    /// The number of its newest event; the first is 1.
    pub seq: u64,
    /// The hash of its newest block.
    pub hash: Hash,
}

impl Head {
    /// The leaf of a chain in the tree over all chains.
    #[must_use]
    pub fn leaf(&self, chain: &str) -> Hash {
        let mut bytes = Vec::with_capacity(128);
        put(&mut bytes, HEAD_TAG);
        put(&mut bytes, chain);
        bytes.extend_from_slice(&self.seq.to_be_bytes());
        bytes.extend_from_slice(&self.hash.0);
        Hash::leaf(&bytes)
    }

    /// The head after a block of events whose tree has this root.
    #[must_use]
    pub fn after(&self, chain: &str, events: u64, root: &Hash) -> Self {
        let mut bytes = Vec::with_capacity(128);
        put(&mut bytes, chain);
        bytes.extend_from_slice(&(self.seq + 1).to_be_bytes());
        bytes.extend_from_slice(&events.to_be_bytes());
        bytes.extend_from_slice(&self.hash.0);
        bytes.extend_from_slice(&root.0);
        Self { seq: self.seq + events, hash: Hash::block(&bytes) }
    }
}

/// Where the head of a chain stands in the tree over all chains.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Its index among the chains, in the order of the bytes of their names.
    pub index: u64,
    /// The neighbours on the way to the root, from below.
    pub path: Vec<Hash>,
}

impl Place {
    /// The root that the head leads to from here, in a tree of so many chains.
    #[must_use]
    pub fn root(&self, chain: &str, head: &Head, chains: u64) -> Option<Hash> {
        climb(head.leaf(chain), self.index, chains, &self.path)
    }
}

/// A block of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// The chain.
    pub chain: String,
    /// The head before it.
    pub before: Head,
    /// The numbers of its events in the installation, in the order of the chain.
    pub ids: Vec<i64>,
    /// The hashes of its events.
    pub leaves: Vec<Hash>,
    /// The head after it.
    pub head: Head,
    /// Where that stands in the tree of its checkpoint.
    pub place: Place,
}

/// The heads of all chains.
#[derive(Debug, Clone, Default)]
pub struct Heads(BTreeMap<String, Head>);

impl Heads {
    /// Where a chain is.
    #[must_use]
    pub fn get(&self, chain: &str) -> Head {
        self.0.get(chain).copied().unwrap_or_default()
    }

    /// Puts a chain somewhere.
    pub fn set(&mut self, chain: &str, head: Head) {
        self.0.insert(chain.to_owned(), head);
    }

    /// How many chains have begun.
    #[must_use]
    pub fn chains(&self) -> u64 {
        u64::try_from(self.0.len()).unwrap_or(u64::MAX)
    }

    /// The tree over all chains.
    #[must_use]
    pub fn tree(&self) -> Tree {
        Tree::new(self.0.iter().map(|(chain, head)| head.leaf(chain)).collect())
    }

    /// Where chains stand in the tree over all; those that have not begun stand nowhere.
    #[must_use]
    pub fn places(&self, tree: &Tree, wanted: impl Fn(&str) -> bool) -> BTreeMap<String, Place> {
        let known = self.0.keys().enumerate().filter(|(_, chain)| wanted(chain));
        known
            .map(|(index, chain)| {
                let place = Place { index: u64::try_from(index).unwrap_or(u64::MAX), path: tree.path(index) };
                (chain.clone(), place)
            })
            .collect()
    }

    /// Adds events to their chains, in the order in which they come: one block for each chain. Gives the blocks and the root of
    /// the tree over all chains.
    pub fn seal(&mut self, events: &[Entry<'_>]) -> (Vec<Seal>, Hash) {
        let mut blocks = BTreeMap::<&str, Seal>::new();
        let mut buffer = Vec::with_capacity(1024);
        for event in events {
            let chain = event.chain();
            let block = blocks.entry(chain).or_insert_with(|| {
                let before = self.get(chain);
                let chain = chain.to_owned();
                Seal { chain, before, ids: Vec::new(), leaves: Vec::new(), head: before, place: Place::default() }
            });
            block.head.seq += 1;
            block.ids.push(event.id);
            block.leaves.push(event.leaf(block.head.seq, &mut buffer));
        }
        let mut seals: Vec<Seal> = blocks.into_values().collect();
        for seal in &mut seals {
            let events = seal.head.seq - seal.before.seq;
            seal.head = seal.before.after(&seal.chain, events, &Tree::new(seal.leaves.clone()).root());
            self.set(&seal.chain, seal.head);
        }
        let tree = self.tree();
        let mut places = self.places(&tree, |chain| seals.binary_search_by(|s| s.chain.as_str().cmp(chain)).is_ok());
        for seal in &mut seals {
            seal.place = places.remove(&seal.chain).unwrap_or_default();
        }
        (seals, tree.root())
    }
}
