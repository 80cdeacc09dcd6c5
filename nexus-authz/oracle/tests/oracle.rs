//! Random roles, grants, policies, principals, documents and requests: our answer is Cedar's. `NEXUS_CASES` sets how many.

#[path = "../../tests/support/mod.rs"]
mod support;

use std::{collections::BTreeSet, sync::Arc};

use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet as Cedar, Request};
use chrono::{DateTime, TimeDelta, Utc};
use nexus_authz::{
    acl::{self, Grant, PrincipalType, Right, Target},
    caller::{Caller, RoleSettings},
    permission::{DocumentDelete, DocumentRead, DocumentUpdate},
    policy::{Action, Attr, Attributes, Effect, Facts, Fallback, Path, Policy, PolicySet, ResourceType},
};
use nexus_authz_oracle::{Places, context, expression, paths};
use nexus_core::principal::{Principal, Role};
use serde_json::{Value, json};
use support::{Dice, Paper, cases, plan, policies, principal, request};
use uuid::Uuid;

/// What is tried, with the right that it needs and the least role.
const ACTIONS: [(Action, Right, Role); 3] = [
    (Action::Read, Right::Read, Role::Reader),
    (Action::Write, Right::Write, Role::Editor),
    (Action::Delete, Right::Delete, Role::Editor),
];

fn grants(dice: &mut Dice, now: DateTime<Utc>) -> Vec<Grant> {
    let one = |dice: &mut Dice| {
        let (kind, id) = [
            (PrincipalType::User, "u1"),
            (PrincipalType::User, "u2"),
            (PrincipalType::Role, "reader"),
            (PrincipalType::Role, "editor"),
            (PrincipalType::Group, "g1"),
            (PrincipalType::ApiKey, "vouched"),
        ][dice.below(6)];
        Grant {
            id: Uuid::from_u64_pair(dice.next(), dice.next()),
            tenant: "t1".parse().unwrap(),
            on: if dice.below(3) == 0 {
                Target::Corpus("c1".parse().unwrap())
            } else {
                Target::Document("d1".parse().unwrap())
            },
            principal_type: kind,
            principal_id: id.to_owned(),
            right: [Right::Read, Right::Write, Right::Delete, Right::Reindex, Right::Owner][dice.below(5)],
            granted_by: None,
            expires_at: [None, Some(now), Some(now - TimeDelta::seconds(1)), Some(now + TimeDelta::seconds(1))]
                [dice.below(4)],
            created_at: now,
        }
    };
    (0..dice.below(5)).map(|_| one(dice)).collect()
}

/// Which rights are enough, as the contract writes it.
fn enough(action: Action) -> &'static [&'static str] {
    match action {
        Action::Read => &["read", "write", "delete", "reindex", "owner"],
        Action::Write => &["write", "delete", "owner"],
        _ => &["delete", "owner"],
    }
}

/// A text among the facts.
fn text_of<'a>(facts: &'a Facts<'_>, path: &str) -> Option<&'a str> {
    match facts.get(&Path::parse(path)?)? {
        Attr::Text(text) => Some(text),
        other => panic!("{path} is {other:?}"),
    }
}

/// The request as the contract describes its variables.
fn known(principal: &Principal, plan: Option<&str>, time: Option<&str>, ip: Option<&str>, paper: &Paper) -> Value {
    let groups: Vec<String> = principal.groups.iter().map(ToString::to_string).collect();
    let mut known = json!({
        "principal": {
            "id": principal.user.as_str(), "tenant_id": "t1", "role": principal.role.as_str(), "auth_method": "vouched",
            "groups": groups, "credential_id": "vouched",
        },
        "request": { "id": "r1", "time": time, "path": "/v1/run", "route_class": "read" },
        "resource": paper.attributes(),
    });
    if let Some(plan) = plan {
        known["principal"]["plan"] = json!(plan);
    }
    if let Some(ip) = ip {
        known["request"]["ip"] = json!(ip);
    }
    known
}

fn cedar(rules: &[Policy], fallback: Fallback, least: Role, places: &Places) -> Cedar {
    let mut text =
        String::from("forbid(principal, action, resource) unless { context.names.containsAny(context.grants) };\n");
    text += &format!("forbid(principal, action, resource) unless {{ context.level >= {} }};\n", rank(least));
    if fallback == Fallback::Allow {
        text += "permit(principal, action, resource);\n";
    }
    for rule in rules.iter().filter(|rule| rule.enabled) {
        let effect = if rule.effect == Effect::Allow { "permit" } else { "forbid" };
        let mut when = vec![expression(rule.condition.json(), places)];
        if rule.resource_type != ResourceType::Any {
            when.push(format!("context.type == {:?}", rule.resource_type.as_str()));
        }
        if rule.action != Action::Any {
            when.push(format!("context.action == {:?}", rule.action.as_str()));
        }
        text += &format!("{effect}(principal, action, resource) when {{ {} }};\n", when.join(" && "));
    }
    text.parse().unwrap_or_else(|e| panic!("{e:?}\n{text}"))
}

/// How much a role may do.
fn rank(role: Role) -> usize {
    Role::ALL.iter().position(|r| *r == role).unwrap()
}

fn ours(principal: &Arc<Principal>, action: Action) -> bool {
    let roles = RoleSettings::default();
    match action {
        Action::Read => Caller::<DocumentRead>::check(principal.clone(), roles).is_ok(),
        Action::Write => Caller::<DocumentUpdate>::check(principal.clone(), roles).is_ok(),
        _ => Caller::<DocumentDelete>::check(principal.clone(), roles).is_ok(),
    }
}

#[test]
fn we_decide_as_cedar_does() {
    let authorizer = Authorizer::new();
    let uid: EntityUid = r#"Thing::"one""#.parse().unwrap();
    let (mut allowed, total) = (0, cases(2_000));
    for case in 0..total {
        let dice = &mut Dice::new(case as u64 ^ 0x5eed_0000_0000);
        let rules = policies(dice, 6);
        let (principal, plan, asked, paper) =
            (Arc::new(principal(dice)), plan(dice), request(dice), Paper::random(dice));
        let (action, right, least) = ACTIONS[dice.below(3)];
        let fallback = if dice.below(3) == 0 { Fallback::Allow } else { Fallback::Deny };
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let grants = grants(dice, now);
        let resource = paper.resource();
        let facts = Facts { principal: &principal, plan, request: &asked, resource: Some(&resource) };
        let decision = PolicySet::compile(rules.clone()).decide(ResourceType::Document, action, &facts, fallback);
        let answer = ours(&principal, action) && acl::allows(&grants, &principal, right, now) && decision.allowed;

        // The same, told to Cedar.
        let known = known(&principal, plan, text_of(&facts, "request.time"), text_of(&facts, "request.ip"), &paper);
        let (mut places, mut named) = (Places::default(), BTreeSet::new());
        places.note(&known);
        for rule in &rules {
            places.note(rule.condition.json());
            paths(rule.condition.json(), &mut named);
        }
        places.sort();
        let mut told = context(&known, &named, &places);
        let names: Vec<String> = ["user:", "role:"]
            .iter()
            .zip([principal.user.as_str(), principal.role.as_str()])
            .map(|(kind, id)| format!("{kind}{id}"))
            .chain(principal.groups.iter().map(|g| format!("group:{g}")))
            .collect();
        let counting: Vec<String> = grants
            .iter()
            .filter(|g| enough(action).contains(&g.right.as_str()) && g.expires_at.is_none_or(|end| end > now))
            .map(|g| format!("{}:{}", g.principal_type.as_str(), g.principal_id))
            .collect();
        told.extend([
            ("names".to_owned(), json!(names)),
            ("grants".to_owned(), json!(counting)),
            ("level".to_owned(), json!(rank(principal.role))),
            ("type".to_owned(), json!("document")),
            ("action".to_owned(), json!(action.as_str())),
        ]);
        let told = Context::from_json_value(Value::Object(told), None).unwrap();
        let request = Request::new(uid.clone(), uid.clone(), uid.clone(), told, None).unwrap();
        let policies = cedar(&rules, fallback, least, &places);
        let response = authorizer.is_authorized(&request, &policies, &Entities::empty());
        let errors: Vec<_> = response.diagnostics().errors().collect();
        assert!(errors.is_empty(), "case {case}: {errors:?}");
        let theirs = response.decision() == Decision::Allow;
        assert_eq!(answer, theirs, "case {case}: {decision:?}\n{known:#}\n{policies}");
        allowed += usize::from(answer);
    }
    println!("{total} cases, {allowed} allowed, no difference");
    assert!(allowed * 20 > total && allowed * 2 < total * 2, "the cases say something: {allowed} of {total} allowed");
}
