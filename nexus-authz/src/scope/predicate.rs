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
        let mut writer = Writer { path: "strict ".to_owned(), vars: Map::new(), exact: true, leaves: 0 };
        let allows = rules.allows.as_deref().map(Part::Allows);
        let parts: Vec<Part<'_>> = rules.denies.iter().map(Part::Deny).chain(allows).collect();
        writer.spread(&parts, "&&", TRUE, &|writer, part| match part {
            Part::Deny(node) => writer.negated(node, false),
            Part::Allows(nodes) => writer.spread(nodes, "||", FALSE, &|writer, node| writer.node(node, true)),
        });
        Self { path: writer.path, vars: Value::Object(writer.vars), exact: writer.exact }
    }
}

/// What must hold together.
enum Part<'a> {
    Deny(&'a Node),
    Allows(&'a [Node]),
}

impl Rules {
    /// The rules as a predicate, written on first use.
    pub(super) fn predicate(&self) -> &Predicate {
        self.predicate.get_or_init(|| Predicate::of(self))
    }
}

/// Writes the path and collects its variables.
pub(super) struct Writer {
    path: String,
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
    fn node(&mut self, node: &Node, widens: bool) {
        match node {
            Node::Const(value) => self.path.push_str(if *value { TRUE } else { FALSE }),
            Node::Not(inner) => self.negated(inner, !widens),
            Node::All(nodes) => self.spread(nodes, "&&", TRUE, &|writer, node| writer.node(node, widens)),
            Node::Any(nodes) => self.spread(nodes, "||", FALSE, &|writer, node| writer.node(node, widens)),
            Node::Compare(comparison) => {
                self.leaves += 1;
                let written = if self.leaves > MOST_LEAVES { None } else { leaf::write(comparison, self) };
                if let Some(text) = &written {
                    self.path.push_str(text);
                } else {
                    self.exact = false;
                    self.path.push_str(if widens { TRUE } else { FALSE });
                }
            }
        }
    }

    fn negated(&mut self, node: &Node, widens: bool) {
        self.path.push_str("(!(");
        self.node(node, widens);
        self.path.push_str("))");
    }

    /// Items with an operator between them, as a balanced tree: PostgreSQL recurses into the operators, and a long chain
    /// would be a deep one.
    fn spread<T>(&mut self, items: &[T], operator: &str, neutral: &str, one: &impl Fn(&mut Self, &T)) {
        match items {
            [] => self.path.push_str(neutral),
            [item] => one(self, item),
            items => {
                let (left, right) = items.split_at(items.len() / 2);
                self.path.push('(');
                self.spread(left, operator, neutral, one);
                self.path.extend([" ", operator, " "]);
                self.spread(right, operator, neutral, one);
                self.path.push(')');
            }
        }
    }
}
