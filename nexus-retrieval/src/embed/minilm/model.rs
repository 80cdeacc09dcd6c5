//! The forward pass: embeddings, six layers, the mean over the tokens, length one.

use std::{cell::RefCell, fs, io, path::Path, thread};

use serde::Deserialize;

use super::{
    MAX_TOKENS,
    kernel::Kernel,
    layer::{self, Layer, Norm},
    math, stopped, unusable,
    weights::{Table, Weights},
};
use crate::embed::EmbedError;

/// The length of a token's state, and of the vector.
pub(super) const HIDDEN: usize = 384;
/// The number of attention heads.
pub(super) const HEADS: usize = 12;
/// The width of a head.
pub(super) const HEAD: usize = HIDDEN / HEADS;
/// The length of a token's state between the two linear maps.
pub(super) const FEED: usize = 1536;

const LAYERS: usize = 6;
const POSITIONS: usize = 512;
const VOCABULARY: usize = 30_522;

/// The weights of the model, ready for use.
#[derive(Debug)]
pub(super) struct Model {
    kernel: Kernel,
    words: Table,
    /// What a place in the text adds, with the constant that marks the first of two texts, which every text is.
    positions: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
}

thread_local! {
    /// Memory of the calling thread; it grows to the largest batch, which is bounded by the caller.
    static SCRATCH: RefCell<layer::Scratch> = RefCell::default();
}

impl Model {
    pub(super) fn load(folder: &Path) -> Result<Self, EmbedError> {
        check_config(&folder.join("config.json"))?;
        let kernel = Kernel::detect();
        let weights = Weights::open(folder)?;
        let words = weights.table("embeddings.word_embeddings.weight", VOCABULARY, HIDDEN)?;
        let mut positions = weights.read("embeddings.position_embeddings.weight", &[POSITIONS, HIDDEN])?;
        positions.truncate(MAX_TOKENS * HIDDEN);
        let kinds = weights.read("embeddings.token_type_embeddings.weight", &[2, HIDDEN])?;
        positions.chunks_exact_mut(HIDDEN).for_each(|position| math::add(position, &kinds));
        let norm = Norm::load(&weights, "embeddings.LayerNorm")?;
        let layers = thread::scope(|scope| {
            let (kernel, weights) = (&kernel, &weights);
            let load = |number| scope.spawn(move || Layer::load(kernel, weights, number));
            let loading: Vec<_> = (0..LAYERS).map(load).collect();
            loading.into_iter().map(|layer| layer.join().unwrap_or_else(|_| Err(stopped()))).collect::<Result<_, _>>()
        })?;
        Ok(Self { kernel, words, positions, norm, layers })
    }

    /// One vector of length one for each sequence of at most [`MAX_TOKENS`] tokens.
    pub(super) fn embed(&self, sequences: &[Vec<u32>]) -> io::Result<Vec<Vec<f32>>> {
        let lengths: Vec<usize> = sequences.iter().map(|tokens| tokens.len().min(MAX_TOKENS)).collect();
        let mut states = Vec::with_capacity(lengths.iter().sum::<usize>() * HIDDEN);
        for tokens in sequences {
            for (token, position) in tokens.iter().zip(self.positions.chunks_exact(HIDDEN)) {
                let from = states.len();
                self.words.append(*token as usize, &mut states)?;
                math::add(states.get_mut(from..).unwrap_or_default(), position);
            }
        }
        self.norm.apply(&self.kernel, &mut states);
        SCRATCH.with_borrow_mut(|scratch| {
            for layer in &self.layers {
                layer.apply(&self.kernel, &lengths, &mut states, scratch);
            }
        });
        let mut states = states.chunks_exact(HIDDEN);
        Ok(lengths.iter().map(|length| pool(states.by_ref().take(*length))).collect())
    }
}

/// The direction of the mean of the tokens' states. Length one makes dividing by their number needless.
fn pool<'a>(states: impl Iterator<Item = &'a [f32]>) -> Vec<f32> {
    let mut vector = vec![0.0; HIDDEN];
    states.for_each(|state| math::add(&mut vector, state));
    math::to_unit_length(&mut vector);
    vector
}

/// The parts of `config.json` that decide whether these weights fit this code.
#[derive(Debug, PartialEq, Deserialize)]
struct Config {
    hidden_act: String,
    hidden_size: usize,
    intermediate_size: usize,
    max_position_embeddings: usize,
    num_attention_heads: usize,
    num_hidden_layers: usize,
    vocab_size: usize,
}

fn check_config(file: &Path) -> Result<(), EmbedError> {
    let expected = Config {
        hidden_act: "gelu".to_owned(),
        hidden_size: HIDDEN,
        intermediate_size: FEED,
        max_position_embeddings: POSITIONS,
        num_attention_heads: HEADS,
        num_hidden_layers: LAYERS,
        vocab_size: VOCABULARY,
    };
    let text = fs::read_to_string(file).map_err(|why| unusable(file, why))?;
    let config: Config = serde_json::from_str(&text).map_err(|why| unusable(file, why))?;
    if config == expected { Ok(()) } else { Err(unusable(file, "it describes another model than all-MiniLM-L6-v2")) }
}
