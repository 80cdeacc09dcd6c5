//! What remains of the policies when the principal and the request are known and the resource is not: rules over the
//! attributes of resources alone, which can be asked in memory or lowered into the query of a store.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use serde_json::Value;

use super::{
    Action, Attributes, Effect, Facts, Fallback, PolicySet, ResourceType,
    attribute::{Attr, Path},
    condition::{Comparison, Condition, Node, Operand, Operator},
};
use crate::scope::Predicate;

/// The answer to a question about resources that are not known yet.
#[derive(Debug, Clone, PartialEq)]
pub enum Residual {
    /// Every resource is allowed.
    Always,
    /// No resource is.
    Never,
    /// It depends on the resource.
    Depends(Arc<Rules>),
}

impl Residual {
    /// Whether the policies allow this resource.
    #[must_use]
    pub fn permits(&self, resource: &impl Attributes) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Depends(rules) => rules.permits(resource),
        }
    }

    /// The same for the resources for which the condition holds, and nothing for the others.
    #[must_use]
    pub(crate) fn and(self, condition: &Condition) -> Self {
        let (mut denies, allows) = match self {
            Self::Never => return Self::Never,
            Self::Always => (Vec::new(), None),
            Self::Depends(rules) => (rules.denies.clone(), rules.allows.clone()),
        };
        denies.push(Node::Not(Box::new(condition.node().clone())));
        Self::Depends(Arc::new(Rules { denies, allows, predicate: OnceLock::new() }))
    }
}

/// Rules over attributes of resources: allowed when no deny holds and an allow does.
#[derive(Debug)]
pub struct Rules {
    pub(crate) denies: Vec<Node>,
    /// `None` when everything that is not denied is allowed.
    pub(crate) allows: Option<Vec<Node>>,
    pub(crate) predicate: OnceLock<Predicate>,
}

impl PartialEq for Rules {
    fn eq(&self, other: &Self) -> bool {
        self.denies == other.denies && self.allows == other.allows
    }
}

impl Rules {
    /// Whether the rules allow this resource.
    #[must_use]
    pub fn permits(&self, resource: &impl Attributes) -> bool {
        !self.denies.iter().any(|n| n.holds(resource))
            && self.allows.as_ref().is_none_or(|allows| allows.iter().any(|n| n.holds(resource)))
    }
}

impl PolicySet {
    /// Evaluates the policies as far as the principal and the request go. What the facts say of a resource is not used.
    #[must_use]
    pub fn residual(
        &self,
        resource_type: ResourceType,
        action: Action,
        facts: &Facts<'_>,
        fallback: Fallback,
    ) -> Residual {
        let facts = Facts { resource: None, ..*facts };
        let mut denies = Vec::new();
        let mut allows = Vec::new();
        let mut open = fallback == Fallback::Allow;
        for policy in self.covering(resource_type, action) {
            if open && policy.effect == Effect::Allow {
                continue;
            }
            match (specialize(policy.condition.node(), &facts), policy.effect) {
                (Node::Const(false), _) => {}
                (Node::Const(true), Effect::Deny) => return Residual::Never,
                (Node::Const(true), Effect::Allow) => open = true,
                (node, Effect::Deny) => denies.push(node),
                (node, Effect::Allow) => allows.push(node),
            }
        }
        let (denies, allows) = (merged(denies), (!open).then(|| merged(allows)));
        match &allows {
            None if denies.is_empty() => Residual::Always,
            Some(allows) if allows.is_empty() => Residual::Never,
            _ => Residual::Depends(Arc::new(Rules { denies, allows, predicate: OnceLock::new() })),
        }
    }
}

/// Alternatives in which one attribute has to be one of some texts become one comparison with all of the texts.
fn merged(nodes: Vec<Node>) -> Vec<Node> {
    let mut texts: BTreeMap<Path, Vec<Value>> = BTreeMap::new();
    let mut rest = Vec::new();
    for node in nodes {
        match alternatives(&node) {
            Some((path, list)) => texts.entry(path.clone()).or_default().extend_from_slice(list),
            None => rest.push(node),
        }
    }
    let one = |(path, list)| {
        let (left, right) = (Operand::Attribute(path), Operand::Literal(Value::Array(list)));
        Node::Compare(Arc::new(Comparison { operator: Operator::In, left, right }))
    };
    rest.extend(texts.into_iter().map(one));
    rest
}

/// The texts of which an attribute has to be one.
fn alternatives(node: &Node) -> Option<(&Path, &[Value])> {
    let Node::Compare(comparison) = node else { return None };
    let (Operand::Attribute(path), Operand::Literal(literal)) = (&comparison.left, &comparison.right) else {
        return None;
    };
    let list = match (&comparison.operator, literal) {
        (Operator::In, Value::Array(items)) => items.as_slice(),
        (Operator::Eq | Operator::In, literal) => std::slice::from_ref(literal),
        _ => return None,
    };
    list.iter().all(Value::is_string).then_some((path, list))
}

/// Replaces what is known by its value, and simplifies.
fn specialize(node: &Node, facts: &Facts<'_>) -> Node {
    match node {
        Node::Const(value) => Node::Const(*value),
        Node::Not(inner) => match specialize(inner, facts) {
            Node::Const(value) => Node::Const(!value),
            Node::Not(inner) => *inner,
            inner => Node::Not(Box::new(inner)),
        },
        Node::All(nodes) => join(nodes, facts, true),
        Node::Any(nodes) => join(nodes, facts, false),
        Node::Compare(comparison) => compare(comparison, facts),
    }
}

/// `all` ends at a false and `any` at a true; the neutral value says nothing.
fn join(nodes: &[Node], facts: &Facts<'_>, neutral: bool) -> Node {
    let mut rest = Vec::new();
    for node in nodes {
        match specialize(node, facts) {
            Node::Const(value) if value == neutral => {}
            Node::Const(value) => return Node::Const(value),
            node => rest.push(node),
        }
    }
    match (rest.len(), neutral) {
        (0, _) => Node::Const(neutral),
        (1, _) => rest.remove(0),
        (_, true) => Node::All(rest),
        (_, false) => Node::Any(rest),
    }
}

fn compare(comparison: &Arc<Comparison>, facts: &Facts<'_>) -> Node {
    let (left, right) = (known(&comparison.left, facts), known(&comparison.right, facts));
    match (left, right) {
        (Known::Undefined, _) | (_, Known::Undefined) => Node::Const(false),
        (Known::Value(left), Known::Value(right)) => Node::Const(comparison.operator.holds(left, right)),
        (left, right) => {
            let as_is = |operand: &Operand, known: &Known<'_>| match (operand, known) {
                (Operand::Attribute(_), Known::Value(value)) => Operand::Literal(owned(*value)),
                (operand, _) => operand.clone(),
            };
            if matches!((&comparison.left, &left), (Operand::Attribute(_), Known::Value(_)))
                || matches!((&comparison.right, &right), (Operand::Attribute(_), Known::Value(_)))
            {
                let (left, right) = (as_is(&comparison.left, &left), as_is(&comparison.right, &right));
                return Node::Compare(Arc::new(Comparison { operator: comparison.operator.clone(), left, right }));
            }
            Node::Compare(Arc::clone(comparison))
        }
    }
}

enum Known<'a> {
    /// An attribute of the resource.
    Open,
    /// There is no such attribute, whatever the resource is.
    Undefined,
    Value(Attr<'a>),
}

fn known<'a>(operand: &'a Operand, facts: &'a Facts<'_>) -> Known<'a> {
    match operand {
        Operand::Attribute(path) if path.below_resource().is_some() => Known::Open,
        operand => operand.value(facts).map_or(Known::Undefined, Known::Value),
    }
}

fn owned(value: Attr<'_>) -> Value {
    match value {
        Attr::Null => Value::Null,
        Attr::Bool(b) => Value::Bool(b),
        Attr::Number(n) => Value::Number(n.clone()),
        Attr::Text(text) => Value::String(text.to_owned()),
        Attr::List(items) => Value::Array(items.to_vec()),
        Attr::Groups(groups) => groups.iter().map(|g| g.as_str().to_owned()).collect(),
        Attr::Object(map) => Value::Object(map.clone()),
        Attr::Labels(labels) => {
            Value::Object(labels.iter().map(|(k, v)| (k.clone(), Value::String(v.clone()))).collect())
        }
    }
}
