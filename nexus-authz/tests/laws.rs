//! Laws that every set of policies obeys, tried on random ones.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use nexus_authz::{
    policy::{Action, Attributes, Effect, Facts, Fallback, PolicySet, ResourceType},
    scope::{Policies, ReadScope, ScopeSettings},
};
use support::{Dice, Paper, cases, filter, plan, policies, policy, principal, request};

const ASKED: (ResourceType, Action) = (ResourceType::Document, Action::Read);

fn allowed(set: &PolicySet, attributes: &impl Attributes, fallback: Fallback) -> bool {
    set.decide(ASKED.0, ASKED.1, attributes, fallback).allowed
}

fn fallback(dice: &mut Dice) -> Fallback {
    if dice.below(3) == 0 { Fallback::Allow } else { Fallback::Deny }
}

#[test]
fn decisions_obey_the_laws() {
    for case in 0..cases(3_000) {
        let dice = &mut Dice::new(case as u64);
        let rules = policies(dice, 8);
        let (principal, plan, request, paper) = (principal(dice), plan(dice), request(dice), Paper::random(dice));
        let fallback = fallback(dice);
        let resource = paper.resource();
        let facts = Facts { principal: &principal, plan, request: &request, resource: Some(&resource) };
        let set = PolicySet::compile(rules.clone());
        let decision = set.decide(ASKED.0, ASKED.1, &facts, fallback);

        let trace = set.trace(ASKED.0, ASKED.1, &facts, fallback);
        assert_eq!(trace.decision, decision, "case {case}: the trace decides otherwise");

        let residual = set.residual(ASKED.0, ASKED.1, &facts, fallback);
        assert_eq!(residual.permits(&resource), decision.allowed, "case {case}: the residual decides otherwise");

        let mut turned = rules.clone();
        turned.reverse();
        let turned = PolicySet::compile(turned).decide(ASKED.0, ASKED.1, &facts, fallback);
        assert_eq!(turned, decision, "case {case}: the order of writing matters");

        let mut more = rules.clone();
        more.push(nexus_authz::policy::Policy { effect: Effect::Deny, ..policy(dice) });
        let more = allowed(&PolicySet::compile(more), &facts, fallback);
        assert!(decision.allowed || !more, "case {case}: another deny grants");

        if let Some(at) = rules.iter().position(|p| p.effect == Effect::Allow) {
            let mut fewer = rules.clone();
            fewer.remove(at);
            let fewer = allowed(&PolicySet::compile(fewer), &facts, fallback);
            assert!(decision.allowed || !fewer, "case {case}: without an allow more is allowed");
        }
    }
}

#[test]
fn a_filter_takes_away_what_it_does_not_hold_for_and_nothing_else() {
    let (mut kept, mut taken) = (0, 0);
    for case in 0..cases(3_000) {
        let dice = &mut Dice::new(case as u64);
        let set = PolicySet::compile(policies(dice, 4));
        let (principal, plan, request) = (principal(dice), plan(dice), request(dice));
        let policies = Policies { set: &set, fallback: fallback(dice), plan, request: &request };
        let scope = ReadScope::vouched_for(&principal, Some(policies), ScopeSettings::default());
        let (one, other) = (filter(dice), filter(dice));
        let filtered = scope.clone().only(&one);
        for _ in 0..10 {
            let paper = Paper::random(dice);
            let resource = paper.resource();
            let (whole, holds) = (scope.permits(&resource), one.holds(&resource));
            assert_eq!(filtered.permits(&resource), whole && holds, "case {case}: {paper:?}: {}", one.json());
            let (one_by_one, turned) = (filtered.clone().only(&other), scope.clone().only(&other).only(&one));
            assert_eq!(one_by_one.permits(&resource), whole && holds && other.holds(&resource), "case {case}");
            assert_eq!(one_by_one.permits(&resource), turned.permits(&resource), "case {case}: the order matters");
            *(if whole && holds { &mut kept } else { &mut taken }) += 1;
        }
    }
    assert!(kept > 0 && taken > 0, "{kept} kept, {taken} taken: the cases are one-sided");
}
