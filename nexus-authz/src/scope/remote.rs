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
/// Bedrock takes from two to so many members in a group, and groups in groups but none in those.
const GROUP: usize = 5;
/// The longest name of an attribute that Bedrock takes, in characters.
const LONGEST_KEY: usize = 100;

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
        bedrock(self.filter(named))
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

/// One group of at most five: comparisons, and groups of them. What does not fit is left out, which lets more pass.
fn bedrock(filter: Filter) -> Value {
    let mut clauses = Vec::new();
    split(filter, &mut clauses);
    let (alone, choices): (Vec<_>, Vec<_>) = clauses.into_iter().partition(|clause| clause.len() == 1);
    let mut members: Vec<Value> = alone.iter().flatten().map(comparison).collect();
    if members.len() + choices.len() > GROUP {
        // The tenant and the corpus come first, so they stay whatever is left out.
        members = members.chunks(GROUP).map(|some| group("andAll", some.to_vec())).collect();
    }
    members.extend(choices.iter().map(|choice| group("orAll", choice.iter().map(comparison).collect())));
    members.truncate(GROUP);
    group("andAll", members)
}

/// The filter as alternatives of comparisons that all must hold, as far as they fit into a group.
fn split(filter: Filter, clauses: &mut Vec<Vec<Filter>>) {
    match filter {
        Filter::All(parts) => parts.into_iter().for_each(|part| split(part, clauses)),
        other => clauses.extend(Some(merged(choice(other))).filter(|clause| (1..=GROUP).contains(&clause.len()))),
    }
}

/// Comparisons of which one holds where the filter does. Of several conditions that hold together the shortest says enough.
fn choice(filter: Filter) -> Vec<Filter> {
    match filter {
        Filter::Any(parts) => parts.into_iter().flat_map(choice).collect(),
        Filter::All(parts) => parts.into_iter().map(choice).min_by_key(Vec::len).unwrap_or_default(),
        leaf => vec![leaf],
    }
}

/// Alternatives with one comparison for each list of values of a key.
fn merged(choice: Vec<Filter>) -> Vec<Filter> {
    let mut kept: Vec<Filter> = Vec::with_capacity(choice.len());
    for leaf in choice {
        let Filter::OneOf(key, more) = leaf else {
            if !kept.contains(&leaf) {
                kept.push(leaf);
            }
            continue;
        };
        let known = kept.iter_mut().find_map(|other| match other {
            Filter::OneOf(its, values) if *its == key && values.len() + more.len() <= MOST_VALUES => Some(values),
            _ => None,
        });
        match known {
            Some(values) => {
                let fresh: Vec<_> = more.into_iter().filter(|value| !values.contains(value)).collect();
                values.extend(fresh);
            }
            None => kept.push(Filter::OneOf(key, more)),
        }
    }
    kept
}

fn comparison(leaf: &Filter) -> Value {
    match leaf {
        Filter::OneOf(key, values) => match values.as_slice() {
            [value] => json!({ "equals": { "key": key, "value": value } }),
            values => json!({ "in": { "key": key, "value": values } }),
        },
        Filter::Number(key, operator, value) => json!({ *operator: { "key": key, "value": value } }),
        Filter::All(_) | Filter::Any(_) => Value::Null,
    }
}

fn group(operator: &str, mut members: Vec<Value>) -> Value {
    if members.len() > 1 { json!({ operator: members }) } else { members.pop().unwrap_or_default() }
}

/// Whether Bedrock can name the key.
fn named(filter: &Filter) -> bool {
    match filter {
        Filter::OneOf(key, _) | Filter::Number(key, _, _) => key.chars().count() <= LONGEST_KEY,
        _ => true,
    }
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
