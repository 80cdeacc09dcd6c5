//! Which policies can match at all. Most conditions need some attribute to be one of a few texts; those are looked up by
//! that text, and only the others are always evaluated. A decision allocates nothing.

use std::{collections::HashMap, sync::Arc};

use serde_json::Value;

use super::{
    Policy,
    attribute::{Attr, Attributes, Path},
    condition::{Comparison, Node, Operand, Operator},
};

/// The places of policies by the text that they need.
type ByText = HashMap<Box<str>, Vec<usize>>;

/// Policies of one effect, by their place in the order of the set.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Those that may match whatever the attributes are.
    open: Vec<usize>,
    /// Those that can match only when the attribute under the path is this text.
    guarded: Vec<(Path, ByText)>,
}

impl Index {
    pub(super) fn add(&mut self, place: usize, policy: &Policy) {
        let Some((path, texts)) = guard(policy.condition.node()) else {
            self.open.push(place);
            return;
        };
        let at = self.guarded.iter().position(|(known, _)| known == path).unwrap_or_else(|| {
            self.guarded.push((path.clone(), HashMap::new()));
            self.guarded.len() - 1
        });
        let Some((_, by_text)) = self.guarded.get_mut(at) else { return };
        for text in texts {
            let places = by_text.entry(text.into()).or_default();
            if places.last() != Some(&place) {
                places.push(place);
            }
        }
    }

    /// The first policy in order that speaks of the matter and holds.
    pub(super) fn first<'a>(
        &self,
        policies: &'a [Arc<Policy>],
        attributes: &impl Attributes,
        speaks: impl Fn(&Policy) -> bool,
    ) -> Option<&'a Policy> {
        let mut best = None;
        let mut walk = |places: &[usize]| {
            let ahead = places.iter().take_while(|place| best.is_none_or(|best| **place < best));
            let found = ahead
                .copied()
                .find(|place| policies.get(*place).is_some_and(|p| speaks(p) && p.condition.holds(attributes)));
            best = found.or(best);
        };
        walk(&self.open);
        for (path, by_text) in &self.guarded {
            if let Some(Attr::Text(text)) = attributes.get(path)
                && let Some(places) = by_text.get(text)
            {
                walk(places);
            }
        }
        best.and_then(|place| policies.get(place)).map(AsRef::as_ref)
    }
}

/// An attribute that must be one of these texts for the condition to hold.
fn guard(node: &Node) -> Option<(&Path, Vec<&str>)> {
    match node {
        Node::All(nodes) => nodes.iter().filter_map(guard).min_by_key(|(_, texts)| texts.len()),
        Node::Compare(comparison) => guard_of_comparison(comparison),
        _ => None,
    }
}

fn guard_of_comparison(comparison: &Comparison) -> Option<(&Path, Vec<&str>)> {
    let (path, literal) = match (&comparison.left, &comparison.right) {
        (Operand::Attribute(path), Operand::Literal(literal)) => (path, literal),
        (Operand::Literal(literal), Operand::Attribute(path)) if comparison.operator == Operator::Eq => (path, literal),
        _ => return None,
    };
    match (&comparison.operator, literal) {
        (Operator::Eq | Operator::In, Value::String(text)) => Some((path, vec![text])),
        (Operator::In, Value::Array(items)) => {
            Some((path, items.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?))
        }
        _ => None,
    }
}
