//! One layer of the encoder: attention, then two linear maps for each token alone, each added to its input and normalized.

use super::{
    attention,
    kernel::{Kernel, Panels, Rows},
    math,
    model::{FEED, HEAD, HIDDEN},
    weights::Weights,
};
use crate::embed::EmbedError;

/// The weights of a layer.
#[derive(Debug)]
pub(super) struct Layer {
    projection: Panels,
    attended: Panels,
    attended_norm: Norm,
    up: Panels,
    down: Panels,
    down_norm: Norm,
}

/// Memory that one batch after another uses.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    attention: attention::Scratch,
    packed: Vec<f32>,
    wide: Vec<f32>,
    narrow: Vec<f32>,
}

impl Layer {
    pub(super) fn load(kernel: &Kernel, weights: &Weights, number: usize) -> Result<Self, EmbedError> {
        let name = |part: &str| format!("encoder.layer.{number}.{part}");
        Ok(Self {
            projection: projection(kernel, weights, &name("attention.self"))?,
            attended: linear(kernel, weights, &name("attention.output.dense"), HIDDEN, HIDDEN)?,
            attended_norm: Norm::load(weights, &name("attention.output.LayerNorm"))?,
            up: linear(kernel, weights, &name("intermediate.dense"), HIDDEN, FEED)?,
            down: linear(kernel, weights, &name("output.dense"), FEED, HIDDEN)?,
            down_norm: Norm::load(weights, &name("output.LayerNorm"))?,
        })
    }

    /// Replaces the states of the tokens. Texts lie one behind another, `lengths` tokens each.
    pub(super) fn apply(&self, kernel: &Kernel, lengths: &[usize], states: &mut [f32], scratch: &mut Scratch) {
        let Scratch { attention, packed, wide, narrow } = scratch;
        let tokens = states.len() / HIDDEN;
        narrow.resize(states.len(), 0.0);

        wide.resize(tokens * self.projection.stride(), 0.0);
        kernel.multiply(Rows { values: states, stride: HIDDEN }, &self.projection, packed, wide);
        let (mut projected, mut mixed) = (wide.as_slice(), narrow.as_mut_slice());
        for length in lengths {
            let Some((text, rest)) = projected.split_at_checked(length * self.projection.stride()) else { break };
            let Some((out, rest_out)) = mixed.split_at_mut_checked(length * HIDDEN) else { break };
            attention::attend(kernel, text, attention, out);
            (projected, mixed) = (rest, rest_out);
        }

        wide.resize(states.len(), 0.0);
        kernel.multiply(Rows { values: narrow, stride: HIDDEN }, &self.attended, packed, wide);
        self.attended_norm.add_and_apply(kernel, states, wide);

        wide.resize(tokens * FEED, 0.0);
        kernel.multiply(Rows { values: states, stride: HIDDEN }, &self.up, packed, wide);
        kernel.arch.dispatch(|| math::gelu(wide));
        kernel.multiply(Rows { values: wide, stride: FEED }, &self.down, packed, narrow);
        self.down_norm.add_and_apply(kernel, states, narrow);
    }
}

/// The scale and the shift of a normalization.
#[derive(Debug)]
pub(super) struct Norm {
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl Norm {
    pub(super) fn load(weights: &Weights, name: &str) -> Result<Self, EmbedError> {
        let scale = weights.read(&format!("{name}.weight"), &[HIDDEN])?;
        Ok(Self { scale, shift: weights.read(&format!("{name}.bias"), &[HIDDEN])? })
    }

    pub(super) fn apply(&self, kernel: &Kernel, states: &mut [f32]) {
        kernel.arch.dispatch(|| math::normalize_rows(states, &self.scale, &self.shift));
    }

    fn add_and_apply(&self, kernel: &Kernel, states: &mut [f32], change: &[f32]) {
        kernel.arch.dispatch(|| math::add(states, change));
        self.apply(kernel, states);
    }
}

fn linear(kernel: &Kernel, weights: &Weights, name: &str, inputs: usize, outputs: usize) -> Result<Panels, EmbedError> {
    let values = weights.read(&format!("{name}.weight"), &[outputs, inputs])?;
    let bias = weights.read(&format!("{name}.bias"), &[outputs])?;
    Ok(panels(kernel, &values, &bias))
}

/// Queries, keys and values in one product. The division of the scores by the root of the head's width is moved here,
/// into the queries, where it costs nothing.
fn projection(kernel: &Kernel, weights: &Weights, name: &str) -> Result<Panels, EmbedError> {
    #[allow(clippy::cast_precision_loss, reason = "the width is 32")]
    let shrink = 1.0 / (HEAD as f32).sqrt();
    let (mut values, mut bias) = (Vec::new(), Vec::new());
    for (part, factor) in [("query", shrink), ("key", 1.0), ("value", 1.0)] {
        let part_values = weights.read(&format!("{name}.{part}.weight"), &[HIDDEN, HIDDEN])?;
        let part_bias = weights.read(&format!("{name}.{part}.bias"), &[HIDDEN])?;
        values.extend(part_values.iter().map(|value| value * factor));
        bias.extend(part_bias.iter().map(|value| value * factor));
    }
    Ok(panels(kernel, &values, &bias))
}

fn panels(kernel: &Kernel, values: &[f32], bias: &[f32]) -> Panels {
    let inputs = values.len() / bias.len();
    let mut panels = Panels::default();
    panels.fill_columns(kernel, Rows { values, stride: inputs }, inputs);
    panels.with_bias(bias)
}
