//! The policies of a scope as a jsonpath over the attributes of a document.
//!
//! Every comparison is written so that it is true or false and never unknown, as in memory. What jsonpath cannot say
//! becomes true where that lets more pass and false where a negation turns it round, so that the predicate never keeps
//! back a document that the policies allow.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::leaf;
use crate::policy::{Rules, condition::Node};

/// A jsonpath predicate, to be bound like any other value, and the variables that it names.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicate {
    /// The jsonpath.
    pub path: String,
    /// Its variables.
    pub vars: Value,
    /// Whether it says all that the policies say; otherwise it lets too much pass, and never too little.
    pub exact: bool,
}

/// More comparisons than this are left to [`ReadScope::permits`](super::ReadScope::permits).
const MOST_LEAVES: usize = 4_000;

const TRUE: &str = "(1 == 1)";
const FALSE: &str = "(1 == 0)";

impl Predicate {
    /// The predicate that no document satisfies.
    pub(super) fn never() -> &'static Self {
        static NEVER: LazyLock<Predicate> =
            LazyLock::new(|| Predicate { path: format!("strict {FALSE}"), vars: json!({}), exact: true });
        &NEVER
    }

    fn of(rules: &Rules) -> Self {
        let mut writer = Writer { vars: Map::new(), exact: true, leaves: 0 };
        let mut parts: Vec<String> =
            rules.denies.iter().map(|deny| format!("!({})", writer.node(deny, false))).collect();
        if let Some(allows) = &rules.allows {
            let allows = allows.iter().map(|allow| writer.node(allow, true)).collect();
            parts.push(balanced(allows, "||", FALSE));
        }
        let path = format!("strict {}", balanced(parts, "&&", TRUE));
        Self { path, vars: Value::Object(writer.vars), exact: writer.exact }
    }
}

impl Rules {
    /// The rules as a predicate, written on first use.
    pub(super) fn predicate(&self) -> &Predicate {
        self.predicate.get_or_init(|| Predicate::of(self))
    }
}

/// Collects the variables while the path is written.
pub(super) struct Writer {
    vars: Map<String, Value>,
    exact: bool,
    leaves: usize,
}

impl Writer {
    /// The name of a variable with this value.
    pub(super) fn bind(&mut self, value: &Value) -> String {
        let name = format!("v{}", self.vars.len());
        let bound = format!("${name}");
        self.vars.insert(name, value.clone());
        bound
    }

    /// A condition; `widens` says whether the document passes when it is true.
    fn node(&mut self, node: &Node, widens: bool) -> String {
        match node {
            Node::Const(value) => (if *value { TRUE } else { FALSE }).to_owned(),
            Node::Not(inner) => format!("(!({}))", self.node(inner, !widens)),
            Node::All(nodes) => self.join(nodes, widens, "&&", TRUE),
            Node::Any(nodes) => self.join(nodes, widens, "||", FALSE),
            Node::Compare(comparison) => {
                self.leaves += 1;
                let written = if self.leaves > MOST_LEAVES { None } else { leaf::write(comparison, self) };
                written.unwrap_or_else(|| {
                    self.exact = false;
                    (if widens { TRUE } else { FALSE }).to_owned()
                })
            }
        }
    }

    fn join(&mut self, nodes: &[Node], widens: bool, operator: &str, neutral: &str) -> String {
        let parts = nodes.iter().map(|n| self.node(n, widens)).collect();
        balanced(parts, operator, neutral)
    }
}

/// Joins parts as a balanced tree: PostgreSQL recurses into the operators, and a long chain would be a deep one.
pub(super) fn balanced(mut parts: Vec<String>, operator: &str, neutral: &str) -> String {
    while parts.len() > 1 {
        let mut pairs = Vec::with_capacity(parts.len().div_ceil(2));
        let mut rest = parts.into_iter();
        while let Some(left) = rest.next() {
            pairs.push(match rest.next() {
                Some(right) => format!("({left} {operator} {right})"),
                None => left,
            });
        }
        parts = pairs;
    }
    parts.pop().unwrap_or_else(|| neutral.to_owned())
}
