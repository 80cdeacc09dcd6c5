//! A condition: its JSON as it was written, and the typed form that decisions use.

use std::{borrow::Cow, sync::Arc};

use nexus_core::problem::{Code, Kind, Problem};
use serde_json::Value;

use super::{
    attribute::{Attr, Attributes, Path},
    compare,
    parse::parse,
    time::Window,
};

/// How large a condition may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of compact JSON.
    pub max_bytes: usize,
    /// Levels: one to start with, one for each `all`, `any` and `not`, and one for a comparison.
    pub max_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_bytes: 16_384, max_depth: 8 }
    }
}

/// A condition that was checked. Cloning is cheap.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition(Arc<Checked>);

#[derive(Debug, PartialEq)]
struct Checked {
    json: Value,
    node: Node,
}

impl Condition {
    /// Checks a condition, which is always true when it is null or an empty object.
    pub fn parse(json: &Value, limits: &Limits) -> Result<Self, ConditionError> {
        let node = parse(json, limits)?;
        let json = if json.is_null() { Value::Object(serde_json::Map::new()) } else { json.clone() };
        Ok(Self(Arc::new(Checked { json, node })))
    }

    /// The condition that always holds.
    #[must_use]
    pub fn always() -> Self {
        Self(Arc::new(Checked { json: Value::Object(serde_json::Map::new()), node: Node::Const(true) }))
    }

    /// The condition as it was written.
    #[must_use]
    pub fn json(&self) -> &Value {
        &self.0.json
    }

    /// Whether it holds.
    #[must_use]
    pub fn holds(&self, attributes: &impl Attributes) -> bool {
        self.node().holds(attributes)
    }

    pub(crate) fn node(&self) -> &Node {
        &self.0.node
    }
}

/// What is wrong with a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConditionFault {
    /// It is too long or too deep.
    TooComplex,
    /// It is not of the language.
    Invalid,
}

/// Why a condition is refused, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {why}")]
pub struct ConditionError {
    /// What kind of fault it is.
    pub fault: ConditionFault,
    /// Where it is, such as `condition_json.all[1].eq`.
    pub path: String,
    /// What is expected there.
    pub why: String,
}

impl Problem for ConditionError {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }
    fn code(&self) -> Code {
        match self.fault {
            ConditionFault::TooComplex => Code::AuthzPolicyTooComplex,
            ConditionFault::Invalid => Code::AuthzPolicyInvalid,
        }
    }
    fn message(&self) -> Cow<'static, str> {
        self.to_string().into()
    }
    fn details(&self) -> Option<Value> {
        Some(serde_json::json!({ "path": self.path, "reason": self.why }))
    }
}

/// The typed form of a condition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Const(bool),
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Compare(Arc<Comparison>),
}

/// A comparison of two operands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Comparison {
    pub(crate) operator: Operator,
    pub(crate) left: Operand,
    pub(crate) right: Operand,
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    Literal(Value),
    Attribute(Path),
}

/// What is compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operator {
    Eq,
    Ne,
    In,
    NotIn,
    Gt,
    Gte,
    Lt,
    Lte,
    Contains,
    StartsWith,
    /// A time of day or a moment inside a window that was understood when the condition was checked.
    Between(Window),
}

impl Node {
    pub(crate) fn holds(&self, attributes: &impl Attributes) -> bool {
        match self {
            Self::Const(value) => *value,
            Self::All(nodes) => nodes.iter().all(|n| n.holds(attributes)),
            Self::Any(nodes) => nodes.iter().any(|n| n.holds(attributes)),
            Self::Not(node) => !node.holds(attributes),
            Self::Compare(comparison) => comparison.holds(attributes),
        }
    }
}

impl Comparison {
    /// False whenever a side is undefined.
    pub(crate) fn holds(&self, attributes: &impl Attributes) -> bool {
        let Some(left) = self.left.value(attributes) else { return false };
        let Some(right) = self.right.value(attributes) else { return false };
        self.operator.holds(left, right)
    }
}

impl Operand {
    pub(crate) fn value<'a>(&'a self, attributes: &'a impl Attributes) -> Option<Attr<'a>> {
        match self {
            Self::Literal(value) => Some(value.into()),
            Self::Attribute(path) => attributes.get(path),
        }
    }
}

impl Operator {
    pub(crate) fn holds(&self, left: Attr<'_>, right: Attr<'_>) -> bool {
        match self {
            Self::Eq => compare::same(left, right),
            Self::Ne => !compare::same(left, right),
            Self::In => compare::within(left, right),
            Self::NotIn => !compare::within(left, right),
            Self::Gt => compare::order(left, right).is_some_and(std::cmp::Ordering::is_gt),
            Self::Gte => compare::order(left, right).is_some_and(std::cmp::Ordering::is_ge),
            Self::Lt => compare::order(left, right).is_some_and(std::cmp::Ordering::is_lt),
            Self::Lte => compare::order(left, right).is_some_and(std::cmp::Ordering::is_le),
            Self::Contains => compare::contains(left, right),
            Self::StartsWith => compare::starts_with(left, right),
            Self::Between(window) => matches!(left, Attr::Text(text) if window.has(text)),
        }
    }
}
