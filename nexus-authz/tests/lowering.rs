//! What stores and services are asked for holds every document that the policies allow.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

mod support;

use nexus_authz::{
    policy::{Fallback, PolicySet},
    scope::{Policies, ReadScope, ScopeSettings},
};
use nexus_core::pg::testing;
use serde_json::Value;
use support::{Dice, Paper, cases, filter, plan, policies, principal, request};

fn scope(dice: &mut Dice) -> ReadScope {
    let set = PolicySet::compile(policies(dice, 6));
    let (principal, plan, request) = (principal(dice), plan(dice), request(dice));
    let fallback = if dice.below(2) == 0 { Fallback::Allow } else { Fallback::Deny };
    let policies = Policies { set: &set, fallback, plan, request: &request };
    let scope = ReadScope::vouched_for(&principal, Some(policies), ScopeSettings::default());
    if dice.below(3) == 0 { scope.only(&filter(dice)) } else { scope }
}

#[tokio::test]
async fn postgresql_agrees_with_memory() {
    let database = testing::database().await;
    let mut connection = testing::connect(&database.url).await;
    let (mut exact, mut wider) = (0, 0);
    for case in 0..cases(400) {
        let dice = &mut Dice::new(case as u64);
        let scope = scope(dice);
        let Some(predicate) = scope.predicate() else { continue };
        let papers: Vec<_> = (0..40).map(|_| Paper::random(dice)).collect();
        let attributes: Vec<Value> = papers.iter().map(Paper::attributes).collect();
        let found: Vec<Option<bool>> = sqlx::query_scalar(
            "SELECT jsonb_path_match(a, $2::text::jsonpath, $3::jsonb, true) \
             FROM unnest($1::jsonb[]) WITH ORDINALITY AS t(a, n) ORDER BY n",
        )
        .bind(&attributes)
        .bind(&predicate.path)
        .bind(&predicate.vars)
        .fetch_all(&mut connection)
        .await
        .unwrap_or_else(|e| panic!("case {case}: {e}: {}", predicate.path));
        for (paper, found) in papers.iter().zip(found) {
            let found = found.unwrap_or_else(|| panic!("case {case}: unknown for {paper:?}: {}", predicate.path));
            let permitted = scope.permits(&paper.resource());
            assert!(found || !permitted, "case {case}: kept back {paper:?}: {predicate:?} {:?}", scope.rules());
            assert!(
                found == permitted || !predicate.exact,
                "case {case}: not exact for {paper:?}: {predicate:?} {:?}",
                scope.rules()
            );
        }
        *(if predicate.exact { &mut exact } else { &mut wider }) += 1;
    }
    assert!(exact > 0 && wider > 0, "{exact} exact, {wider} wider: the cases are one-sided");
}

/// What a service knows of a document, under a flat key.
fn metadata(paper: &Paper, key: &str) -> Option<Value> {
    let mut value = &paper.attributes();
    let whole = value.clone();
    value = &whole;
    for part in key.split('.') {
        value = value.as_object()?.get(part)?;
    }
    Some(value.clone())
}

/// The service takes groups of two to five, and groups in a group but none in those.
fn bedrock(filter: &Value, paper: &Paper, depth: usize) -> bool {
    let (operator, body) = filter.as_object().unwrap().iter().next().unwrap();
    if let Some(members) = body.as_array() {
        assert!((2..=5).contains(&members.len()) && depth < 2, "a group of {} at depth {depth}", members.len());
        let holds: Vec<bool> = members.iter().map(|m| bedrock(m, paper, depth + 1)).collect();
        return if operator == "andAll" { !holds.contains(&false) } else { holds.contains(&true) };
    }
    let (Some(value), wanted) = (metadata(paper, body["key"].as_str().unwrap()), &body["value"]) else { return false };
    let numbers = value.as_f64().zip(wanted.as_f64());
    match operator.as_str() {
        "equals" => value == *wanted || numbers.is_some_and(|(a, b)| a.total_cmp(&b).is_eq()),
        "in" => wanted.as_array().unwrap().contains(&value),
        "greaterThan" => numbers.is_some_and(|(a, b)| a > b),
        "greaterThanOrEquals" => numbers.is_some_and(|(a, b)| a >= b),
        "lessThan" => numbers.is_some_and(|(a, b)| a < b),
        "lessThanOrEquals" => numbers.is_some_and(|(a, b)| a <= b),
        other => panic!("unknown operator {other}"),
    }
}

/// Reads the part of the filter language of Vertex AI Search that scopes use.
struct Vertex<'a> {
    rest: &'a str,
    paper: &'a Paper,
}

impl Vertex<'_> {
    fn eat(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expression(&mut self) -> bool {
        if !self.eat("(") {
            return self.leaf();
        }
        let mut value = self.expression();
        loop {
            if self.eat(" AND ") {
                value &= self.expression();
            } else if self.eat(" OR ") {
                value |= self.expression();
            } else {
                assert!(self.eat(")"), "unbalanced at {:?}", self.rest);
                return value;
            }
        }
    }

    fn leaf(&mut self) -> bool {
        let end = self.rest.find([':', ' ']).unwrap();
        let value = metadata(self.paper, &self.rest[..end]);
        self.rest = &self.rest[end..];
        if self.eat(": ANY(") {
            let mut found = false;
            loop {
                let mut texts = serde_json::Deserializer::from_str(self.rest).into_iter::<Value>();
                let text = texts.next().unwrap().unwrap();
                self.rest = &self.rest[texts.byte_offset()..];
                found |= value.as_ref() == Some(&text);
                if self.eat(")") {
                    return found;
                }
                assert!(self.eat(", "), "no comma at {:?}", self.rest);
            }
        }
        assert!(self.eat(" "), "no operator at {:?}", self.rest);
        let sign = ["<=", ">=", "<", ">", "="].into_iter().find(|s| self.eat(s)).unwrap();
        assert!(self.eat(" "));
        let end = self.rest.find([' ', ')']).unwrap_or(self.rest.len());
        let wanted: f64 = self.rest[..end].parse().unwrap();
        self.rest = &self.rest[end..];
        value.and_then(|v| v.as_f64()).is_some_and(|n| match sign {
            "<=" => n <= wanted,
            ">=" => n >= wanted,
            "<" => n < wanted,
            ">" => n > wanted,
            _ => n.total_cmp(&wanted).is_eq(),
        })
    }
}

#[test]
fn services_are_never_asked_for_too_little() {
    let mut kept_back = 0;
    for case in 0..cases(2_000) {
        let dice = &mut Dice::new(case as u64);
        let scope = scope(dice).within("c1".parse().unwrap());
        let (filter, text) = (scope.remote_bedrock(), scope.remote_vertex());
        for _ in 0..20 {
            let paper = Paper::random(dice);
            let permitted = scope.permits(&paper.resource());
            let bedrock = bedrock(&filter, &paper, 0);
            let mut vertex = Vertex { rest: &text, paper: &paper };
            let found = vertex.expression();
            assert!(vertex.rest.is_empty(), "case {case}: left over {:?}", vertex.rest);
            assert!(bedrock || !permitted, "case {case}: Bedrock keeps back {paper:?}: {filter}");
            assert!(found || !permitted, "case {case}: Vertex keeps back {paper:?}: {text}");
            kept_back += usize::from(!bedrock && paper.corpus.as_str() == "c1");
        }
    }
    assert!(kept_back > 0, "filters never say anything of the policies");
}
