//! The policies of a scope as filters of remote search services.
//!
//! Services differ in what a negation or a comparison says of a missing or repeated key. So only what must be true is
//! said, and only of texts and numbers: the answer holds all that is allowed and possibly more, and each passage is
//! checked with [`ReadScope::permits`] when it has arrived.

use serde_json::{Value, json};

use super::{ReadScope, leaf::lowerable};
use crate::policy::{
    Residual, Rules,
    condition::{Comparison, Node, Operand, Operator},
};

/// A filter with more comparisons than this is not sent: services refuse long ones.
const MOST_LEAVES: usize = 60;
/// Services take at most so many values for one key.
const MOST_VALUES: usize = 100;
/// Bedrock takes from two to so many members in a group.
const GROUP: usize = 5;

/// What a document must satisfy. Nothing negative, nothing that a service may read in another way.
#[derive(Debug, Clone, PartialEq)]
enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    OneOf(String, Vec<String>),
    Number(String, &'static str, Value),
}

impl ReadScope {
    /// A `RetrievalFilter` for Bedrock Knowledge Bases. It lets everything pass that the scope permits, and maybe more.
    #[must_use]
    pub fn remote_bedrock(&self) -> Value {
        bedrock(&self.filter(|_| true))
    }

    /// A filter expression for Vertex AI Search. It lets everything pass that the scope permits, and maybe more.
    #[must_use]
    pub fn remote_vertex(&self) -> String {
        vertex(&self.filter(plain))
    }

    fn filter(&self, says: fn(&Filter) -> bool) -> Filter {
        let only = |key: &str, value: &str| Filter::OneOf(key.to_owned(), vec![value.to_owned()]);
        let mut parts = vec![only("tenant_id", self.tenant.as_str())];
        parts.extend(self.corpus.as_ref().map(|corpus| only("corpus_id", corpus.as_str())));
        match self.rules() {
            Residual::Always => {}
            // No tenant has an empty name, so nothing is found.
            Residual::Never => parts.push(only("tenant_id", "")),
            Residual::Depends(rules) => {
                parts.extend(of_rules(rules, says).filter(|f| leaves(f) <= MOST_LEAVES));
            }
        }
        Filter::All(parts)
    }
}

fn of_rules(rules: &Rules, says: fn(&Filter) -> bool) -> Option<Filter> {
    let mut parts: Vec<_> = rules.denies.iter().filter_map(|deny| lower(deny, false, says)).collect();
    if let Some(allows) = &rules.allows {
        parts.extend(either(allows.iter().map(|allow| lower(allow, true, says))));
    }
    both(parts.into_iter().map(Some))
}

/// What must be true for the node to be `wanted`; nothing when that cannot be said.
fn lower(node: &Node, wanted: bool, says: fn(&Filter) -> bool) -> Option<Filter> {
    match (node, wanted) {
        (Node::Not(inner), _) => lower(inner, !wanted, says),
        (Node::All(nodes), true) | (Node::Any(nodes), false) => both(nodes.iter().map(|n| lower(n, wanted, says))),
        (Node::Any(nodes), true) | (Node::All(nodes), false) => either(nodes.iter().map(|n| lower(n, wanted, says))),
        (Node::Compare(comparison), true) => compare(comparison).filter(says),
        _ => None,
    }
}

fn both(parts: impl Iterator<Item = Option<Filter>>) -> Option<Filter> {
    let mut parts: Vec<_> = parts.flatten().collect();
    if parts.len() > 1 { Some(Filter::All(parts)) } else { parts.pop() }
}

/// One alternative that cannot be said leaves nothing to say.
fn either(parts: impl Iterator<Item = Option<Filter>>) -> Option<Filter> {
    let mut parts: Vec<_> = parts.collect::<Option<_>>()?;
    if parts.len() > 1 { Some(Filter::Any(parts)) } else { parts.pop() }
}

fn compare(comparison: &Comparison) -> Option<Filter> {
    let (Operand::Attribute(path), Operand::Literal(literal)) = (&comparison.left, &comparison.right) else {
        return None;
    };
    let key = path.below_resource().filter(|rest| !rest.is_empty())?.join(".");
    match (&comparison.operator, literal) {
        (Operator::Eq | Operator::In, Value::String(text)) => Some(Filter::OneOf(key, vec![text.clone()])),
        (Operator::In, Value::Array(items)) if (1..=MOST_VALUES).contains(&items.len()) => {
            let texts: Option<Vec<_>> = items.iter().map(|item| item.as_str().map(str::to_owned)).collect();
            Some(Filter::OneOf(key, texts?))
        }
        (Operator::Eq, Value::Number(_)) => number(key, "equals", literal),
        (Operator::Gt, Value::Number(_)) => number(key, "greaterThan", literal),
        (Operator::Gte, Value::Number(_)) => number(key, "greaterThanOrEquals", literal),
        (Operator::Lt, Value::Number(_)) => number(key, "lessThan", literal),
        (Operator::Lte, Value::Number(_)) => number(key, "lessThanOrEquals", literal),
        _ => None,
    }
}

/// Here true counts as one and false as zero; a service does not know that, so such comparisons are not sent.
fn number(key: String, operator: &'static str, literal: &Value) -> Option<Filter> {
    let n = lowerable(literal)?;
    let truths = [0.0, 1.0];
    let reaches = match operator {
        "equals" => truths.contains(&n),
        "greaterThan" => truths.iter().any(|t| *t > n),
        "greaterThanOrEquals" => truths.iter().any(|t| *t >= n),
        "lessThan" => truths.iter().any(|t| *t < n),
        _ => truths.iter().any(|t| *t <= n),
    };
    (!reaches).then(|| Filter::Number(key, operator, literal.clone()))
}

fn leaves(filter: &Filter) -> usize {
    match filter {
        Filter::All(parts) | Filter::Any(parts) => parts.iter().map(leaves).sum(),
        _ => 1,
    }
}

fn bedrock(filter: &Filter) -> Value {
    match filter {
        Filter::All(parts) => group("andAll", parts.iter().map(bedrock).collect()),
        Filter::Any(parts) => group("orAll", parts.iter().map(bedrock).collect()),
        Filter::OneOf(key, values) => match values.as_slice() {
            [value] => json!({ "equals": { "key": key, "value": value } }),
            values => json!({ "in": { "key": key, "value": values } }),
        },
        Filter::Number(key, operator, value) => json!({ *operator: { "key": key, "value": value } }),
    }
}

/// Groups of at most five, nested where there are more.
fn group(operator: &str, mut members: Vec<Value>) -> Value {
    while members.len() > 1 {
        members = members
            .chunks(GROUP)
            .map(|chunk| match chunk {
                [one] => one.clone(),
                several => json!({ operator: several }),
            })
            .collect();
    }
    members.pop().unwrap_or_default()
}

/// Whether Vertex can name the key and the texts can be quoted.
fn plain(filter: &Filter) -> bool {
    let key_is_plain = |key: &str| key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
    match filter {
        Filter::OneOf(key, values) => key_is_plain(key) && values.iter().all(|v| !v.chars().any(char::is_control)),
        Filter::Number(key, _, _) => key_is_plain(key),
        _ => true,
    }
}

fn vertex(filter: &Filter) -> String {
    let join = |parts: &[Filter], word: &str| {
        let parts: Vec<_> = parts.iter().map(vertex).collect();
        if parts.len() == 1 { parts.concat() } else { format!("({})", parts.join(word)) }
    };
    match filter {
        Filter::All(parts) => join(parts, " AND "),
        Filter::Any(parts) => join(parts, " OR "),
        Filter::OneOf(key, values) => {
            let quoted: Vec<_> =
                values.iter().map(|v| format!("\"{}\"", v.replace('\\', "\\\\").replace('"', "\\\""))).collect();
            format!("{key}: ANY({})", quoted.join(", "))
        }
        Filter::Number(key, operator, value) => {
            let sign = match *operator {
                "equals" => "=",
                "greaterThan" => ">",
                "greaterThanOrEquals" => ">=",
                "lessThan" => "<",
                _ => "<=",
            };
            format!("{key} {sign} {value}")
        }
    }
}
