//! Hashes of the log: leaves, and trees over them as in RFC 6962, section 2.1. Pure.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};

/// What stands before the bytes of a leaf.
const LEAF: u8 = 0;
/// What stands before two nodes.
const NODE: u8 = 1;
/// What stands before a block of a chain, so that none of the three passes for another.
const BLOCK: u8 = 2;

/// A SHA-256; hex as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Of a leaf of a tree.
    #[must_use]
    pub fn leaf(bytes: &[u8]) -> Self {
        Self::of(&[&[LEAF], bytes])
    }

    /// Of two trees side by side.
    #[must_use]
    pub fn node(left: &Self, right: &Self) -> Self {
        Self::of(&[&[NODE], &left.0, &right.0])
    }

    /// Of a block of a chain.
    #[must_use]
    pub(super) fn block(bytes: &[u8]) -> Self {
        Self::of(&[&[BLOCK], bytes])
    }

    /// Of plain bytes.
    #[must_use]
    pub(super) fn plain(bytes: &[u8]) -> Self {
        Self::of(&[bytes])
    }

    /// Reads bytes as they come out of the database.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    fn of(parts: &[&[u8]]) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            digest.update(part);
        }
        Self(digest.finalize().into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; 64];
        hex::encode_to_slice(self.0, &mut text).map_err(|_| fmt::Error)?;
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Hash {
    type Err = NotAHash;
    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NotAHash)?;
        Ok(Self(bytes))
    }
}

/// Not 64 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 64 hex digits")]
pub struct NotAHash;

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// A tree whose leaves are known. It keeps all nodes, so that every path is at hand.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// The leaves, then the level above, up to the root. A node without a neighbour moves up as it is.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// A tree over leaves, in order.
    #[must_use]
    pub fn new(leaves: Vec<Hash>) -> Self {
        let mut levels = vec![leaves];
        while let Some(level) = levels.last().filter(|level| level.len() > 1) {
            let above = level.chunks(2).map(|pair| match pair {
                [left, right] => Hash::node(left, right),
                rest => rest.first().copied().unwrap_or_default(),
            });
            let above = above.collect();
            levels.push(above);
        }
        Self { levels }
    }

    /// The root; of no leaves, the hash of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.levels.last().and_then(|level| level.first()).copied().unwrap_or_else(|| Hash::plain(&[]))
    }

    /// The neighbours of a leaf on its way to the root, from below.
    #[must_use]
    pub fn path(&self, index: usize) -> Vec<Hash> {
        let neighbour = |(height, level): (usize, &Vec<Hash>)| level.get((index >> height) ^ 1).copied();
        self.levels.iter().enumerate().filter_map(neighbour).collect()
    }
}

/// The root that a leaf at an index of a tree of some size leads to; `None` when the path is not of that length.
#[must_use]
pub fn climb(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, leaf);
    let mut path = path.iter();
    while last > 0 {
        if at & 1 == 1 {
            hash = Hash::node(path.next()?, &hash);
        } else if at < last {
            hash = Hash::node(&hash, path.next()?);
        }
        at >>= 1;
        last >>= 1;
    }
    path.next().is_none().then_some(hash)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use proptest::prelude::*;

    fn leaves(n: usize) -> Vec<Hash> {
        (0..n).map(|n| Hash::leaf(&n.to_be_bytes())).collect()
    }

    /// The definition of the RFC, word for word.
    fn definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Hash::plain(&[]),
            [one] => *one,
            many => {
                let k = (many.len() - 1).checked_ilog2().map_or(1, |log| 1 << log);
                Hash::node(&definition(&many[..k]), &definition(&many[k..]))
            }
        }
    }

    #[test]
    fn roots_are_those_of_the_rfc() {
        // From the test vectors of Certificate Transparency.
        let data: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let root = |n: usize| Tree::new(data[..n].iter().map(|d| Hash::leaf(d)).collect()).root().to_string();
        assert_eq!(root(0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(root(1), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        assert_eq!(root(2), "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
        assert_eq!(root(8), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
    }

    proptest! {
        #[test]
        fn every_leaf_leads_to_the_root_and_no_other_does(size in 1_usize..70, pick in any::<prop::sample::Index>()) {
            let leaves = leaves(size);
            let tree = Tree::new(leaves.clone());
            prop_assert_eq!(tree.root(), definition(&leaves));
            let index = pick.index(size);
            let (path, total) = (tree.path(index), u64::try_from(size).unwrap());
            let at = u64::try_from(index).unwrap();
            prop_assert_eq!(climb(leaves[index], at, total, &path), Some(tree.root()));
            prop_assert_ne!(climb(Hash::leaf(b"x"), at, total, &path), Some(tree.root()));
            prop_assert_eq!(climb(leaves[index], total, total, &path), None);
            let mut longer = path.clone();
            longer.push(Hash::default());
            prop_assert_eq!(climb(leaves[index], at, total, &longer), None);
            if let Some((_, shorter)) = path.split_last() {
                prop_assert_ne!(climb(leaves[index], at, total, shorter), Some(tree.root()));
            }
        }
    }
}
