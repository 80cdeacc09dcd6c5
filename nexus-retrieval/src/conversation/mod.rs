//! Conversations: what was asked and answered in a session, bound to one user of one tenant.
//!
//! Somebody else who uses the same session id has a session of their own, so that an id neither opens nor reveals another
//! conversation. The question is written down before anything can fail, the answer when it is complete.

mod records;
mod store;

use nexus_core::id::{CorpusId, SessionId, UserId};
use serde_json::Value;

pub use self::records::Records;

use crate::llm::{Speaker, Turn};

/// The most messages of a session that are given to a model again.
const MAX_TURNS: i64 = 40;

/// A question that is being answered.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Who asks.
    pub user: UserId,
    /// In which session.
    pub session: SessionId,
    /// The run that answers.
    pub run: String,
    /// The corpus that is asked.
    pub corpus: CorpusId,
}

/// What a run produced, by reference.
#[derive(Debug, Clone)]
pub struct Answer<'a> {
    /// The text.
    pub text: &'a str,
    /// Its citations, as the client got them.
    pub citations: Value,
    /// Ids and counts of what was used; never text of documents.
    pub state: Value,
    /// What it cost, where that is recorded together with it (`nexus_record_costs`).
    pub bill: Option<Value>,
    /// What the audit log says of it (`nexus_record_event`).
    pub receipt: Value,
}

/// What a client says was said before, oldest first: the newest of it that fits, as of a stored conversation.
#[must_use]
pub fn given(turns: Vec<Turn>, budget_chars: usize) -> Vec<Turn> {
    let most = usize::try_from(MAX_TURNS).unwrap_or(usize::MAX);
    within_budget(turns.into_iter().rev().take(most).collect(), budget_chars)
}

/// Keeps the newest turns that fit, and puts them in the order they were said.
fn within_budget(newest_first: Vec<Turn>, budget_chars: usize) -> Vec<Turn> {
    let mut left = budget_chars;
    let mut turns: Vec<Turn> = newest_first
        .into_iter()
        .take_while(|turn| {
            let length = turn.text.chars().count();
            let fits = length <= left;
            left = left.saturating_sub(length);
            fits
        })
        .collect();
    turns.reverse();
    // A conversation begins with a question: an answer whose question did not fit says little.
    let first = turns.iter().position(|t| t.speaker == Speaker::User).unwrap_or(turns.len());
    turns.split_off(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(speaker: Speaker, text: &str) -> Turn {
        Turn { speaker, text: text.to_owned() }
    }

    #[test]
    fn the_newest_turns_that_fit_are_kept_in_order() {
        use Speaker::{Assistant, User};
        let newest_first =
            || vec![turn(Assistant, "bbbb"), turn(User, "b?"), turn(Assistant, "aaaaaaaa"), turn(User, "a?")];
        let texts = |budget| within_budget(newest_first(), budget).into_iter().map(|t| t.text).collect::<Vec<_>>();
        assert_eq!(texts(100), ["a?", "aaaaaaaa", "b?", "bbbb"]);
        assert_eq!(texts(14), ["b?", "bbbb"]);
        assert_eq!(texts(5), Vec::<String>::new());
        let oldest_first = newest_first().into_iter().rev().collect();
        assert_eq!(given(oldest_first, 14), within_budget(newest_first(), 14));
    }
}
