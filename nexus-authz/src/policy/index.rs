//! Which policies can match at all. Most conditions need some attribute to be one of a few texts, to have one of a few
//! members or to lie beyond a number; those are looked up by what the attribute is, and only the others are always
//! evaluated. What is looked up is still evaluated: an index may offer too much, never too little. A decision allocates
//! nothing.

use std::{collections::HashMap, sync::Arc};

use serde_json::Value;

use super::{
    Policy,
    attribute::{Attr, Attributes, Path},
    condition::{Comparison, Node, Operand, Operator},
};

/// Policies of one effect, by their place in the order of the set.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Those that may match whatever the attributes are.
    open: Vec<usize>,
    /// Those that can match only by what the attribute under the path is.
    guarded: Vec<(Path, Guarded)>,
}

/// Places of policies by what one attribute has to be.
#[derive(Debug, Default)]
struct Guarded {
    texts: HashMap<Box<str>, Vec<usize>>,
    numbers: HashMap<u64, Vec<usize>>,
    members: HashMap<Box<str>, Vec<usize>>,
    /// With the least number that will do, rising.
    floors: Vec<(f64, usize)>,
    /// With the greatest number that will do, rising.
    ceilings: Vec<(f64, usize)>,
    /// Any value will do, but for those texts that lead to the place below.
    others: Vec<usize>,
    except: HashMap<Box<str>, Vec<usize>>,
}

/// What an attribute has to be, at least.
#[derive(Debug, Clone, Copy)]
enum Key<'a> {
    Text(&'a str),
    Number(f64),
    /// It is a list with this member, or the text itself.
    Member(&'a str),
    Floor(f64),
    Ceiling(f64),
    /// It is anything but one of these texts.
    Except(&'a [Value]),
}

/// The ways in which a condition can come to hold.
type Ways<'a> = Vec<(&'a Path, Key<'a>)>;

impl Index {
    pub(super) fn add(&mut self, place: usize, policy: &Policy) {
        let Some(ways) = ways(policy.condition.node()) else {
            self.open.push(place);
            return;
        };
        for (path, key) in ways {
            let at = self.guarded.iter().position(|(known, _)| known == path).unwrap_or_else(|| {
                self.guarded.push((path.clone(), Guarded::default()));
                self.guarded.len() - 1
            });
            if let Some((_, guarded)) = self.guarded.get_mut(at) {
                guarded.add(key, place);
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
        let mut ask = |place: usize| {
            let ahead = best.is_none_or(|best| place < best);
            if ahead && policies.get(place).is_some_and(|p| speaks(p) && p.condition.holds(attributes)) {
                best = Some(place);
            }
        };
        for place in &self.open {
            ask(*place);
        }
        for (path, guarded) in &self.guarded {
            if let Some(value) = attributes.get(path) {
                guarded.offer(value, &mut ask);
            }
        }
        best.and_then(|place| policies.get(place)).map(AsRef::as_ref)
    }
}

impl Guarded {
    fn add(&mut self, key: Key<'_>, place: usize) {
        match key {
            Key::Except(texts) => {
                self.others.push(place);
                texts.iter().filter_map(Value::as_str).for_each(|text| file(&mut self.except, text, place));
            }
            Key::Text(text) => file(&mut self.texts, text, place),
            Key::Member(text) => file(&mut self.members, text, place),
            Key::Number(n) => self.numbers.entry(bits(n)).or_default().push(place),
            Key::Floor(n) => insert(&mut self.floors, n, place),
            Key::Ceiling(n) => insert(&mut self.ceilings, n, place),
        }
    }

    /// Both lists rise, because policies are added in their order.
    fn offer_others(&self, value: Attr<'_>, ask: &mut impl FnMut(usize)) {
        let excepted = if let Attr::Text(text) = value { self.except.get(text) } else { None };
        let mut excepted = excepted.into_iter().flatten().peekable();
        for place in &self.others {
            while excepted.next_if(|except| *except < place).is_some() {}
            if excepted.peek() != Some(&place) {
                ask(*place);
            }
        }
    }

    /// Names every policy that can hold when the attribute is this.
    fn offer(&self, value: Attr<'_>, ask: &mut impl FnMut(usize)) {
        self.offer_others(value, ask);
        let mut all = |places: Option<&Vec<usize>>| places.into_iter().flatten().for_each(|place| ask(*place));
        match value {
            Attr::Text(text) => {
                all(self.texts.get(text));
                all(self.members.get(text));
            }
            Attr::List(items) => items.iter().filter_map(Value::as_str).for_each(|text| all(self.members.get(text))),
            Attr::Groups(groups) => groups.iter().for_each(|group| all(self.members.get(group.as_str()))),
            Attr::Bool(_) | Attr::Number(_) => {
                let Some(n) = number(value) else { return };
                all(self.numbers.get(&bits(n)));
                let floors = self.floors.partition_point(|(floor, _)| *floor <= n);
                let ceilings = self.ceilings.partition_point(|(ceiling, _)| *ceiling < n);
                self.floors.iter().take(floors).chain(self.ceilings.iter().skip(ceilings)).for_each(|(_, p)| ask(*p));
            }
            Attr::Null | Attr::Object(_) | Attr::Labels(_) => {}
        }
    }
}

fn file(places: &mut HashMap<Box<str>, Vec<usize>>, text: &str, place: usize) {
    places.entry(text.into()).or_default().push(place);
}

fn insert(bounds: &mut Vec<(f64, usize)>, bound: f64, place: usize) {
    bounds.insert(bounds.partition_point(|(known, _)| *known <= bound), (bound, place));
}

/// Equal numbers are equal here too; large ones that differ may be.
fn bits(n: f64) -> u64 {
    (n + 0.0).to_bits()
}

/// Rounding keeps the order, so that nothing is lost by it.
fn number(value: Attr<'_>) -> Option<f64> {
    match value {
        Attr::Bool(b) => Some(f64::from(u8::from(b))),
        Attr::Number(n) => n.as_f64(),
        _ => None,
    }
}

/// The ways in which a condition can come to hold, when all of them need an attribute that can be looked up.
fn ways(node: &Node) -> Option<Ways<'_>> {
    match node {
        Node::All(nodes) => nodes.iter().filter_map(ways).min_by_key(|ways| cost(ways)),
        Node::Any(nodes) => nodes
            .iter()
            .map(|node| ways(node).filter(|ways| !excepts(ways)))
            .collect::<Option<Vec<_>>>()
            .map(|ways| ways.concat()),
        Node::Compare(comparison) => ways_of(comparison),
        Node::Const(_) | Node::Not(_) => None,
    }
}

/// An exception holds for its policy, not for one way of several.
fn excepts(ways: &Ways<'_>) -> bool {
    ways.iter().any(|(_, key)| matches!(key, Key::Except(_)))
}

/// A bound lets more values pass than a handful of equalities.
fn cost(ways: &Ways<'_>) -> usize {
    let cost = |key: &Key<'_>| match key {
        Key::Text(_) | Key::Number(_) | Key::Member(_) => 1,
        Key::Floor(_) | Key::Ceiling(_) => 16,
        Key::Except(_) => 256,
    };
    ways.iter().map(|(_, key)| cost(key)).sum()
}

fn ways_of(comparison: &Comparison) -> Option<Ways<'_>> {
    let (path, literal, turned) = match (&comparison.left, &comparison.right) {
        (Operand::Attribute(path), Operand::Literal(literal)) => (path, literal, false),
        (Operand::Literal(literal), Operand::Attribute(path)) => (path, literal, true),
        _ => return None,
    };
    match (&comparison.operator, turned) {
        (Operator::Eq, _) => one(path, equal(literal)),
        (Operator::In, false) => match literal {
            Value::Array(items) => items.iter().map(|item| Some((path, equal(item)?))).collect(),
            other => one(path, equal(other)),
        },
        (Operator::Ne, _) if literal.is_string() => one(path, Some(Key::Except(std::slice::from_ref(literal)))),
        (Operator::NotIn, false) => {
            let texts = literal.as_array().filter(|items| items.iter().all(Value::is_string));
            one(path, texts.map(|items| Key::Except(items)))
        }
        (Operator::In, true) => one(path, literal.as_str().map(Key::Member)),
        // In a text it would be a part; groups are never a text.
        (Operator::Contains, false) if path.segments().eq(["principal", "groups"]) => {
            one(path, literal.as_str().map(Key::Member))
        }
        (Operator::Gt | Operator::Gte, false) | (Operator::Lt | Operator::Lte, true) => {
            one(path, number(literal.into()).map(Key::Floor))
        }
        (Operator::Lt | Operator::Lte, false) | (Operator::Gt | Operator::Gte, true) => {
            one(path, number(literal.into()).map(Key::Ceiling))
        }
        _ => None,
    }
}

fn one<'a>(path: &'a Path, key: Option<Key<'a>>) -> Option<Ways<'a>> {
    key.map(|key| vec![(path, key)])
}

fn equal(literal: &Value) -> Option<Key<'_>> {
    match literal {
        Value::String(text) => Some(Key::Text(text)),
        literal => number(literal.into()).map(Key::Number),
    }
}
