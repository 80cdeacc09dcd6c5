//! A verb that was not carried out, and what its caller does about it.

use std::borrow::Cow;

use crate::problem::{Code, Kind, Problem};

/// Why a verb has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// Redis is not connected, or it refused the command.
    #[error("shared state is away: {0}")]
    Away(String),
    /// No answer came in time. The command may still have been carried out.
    #[error("shared state did not answer in time")]
    Late,
    /// The key, the value or the number of items is over the bound. Trying again does not help.
    #[error("the key or the value is too large for shared state")]
    TooLarge,
}

impl Problem for Lost {
    fn kind(&self) -> Kind {
        match self {
            Self::Away(_) | Self::Late => Kind::Unavailable,
            Self::TooLarge => Kind::Internal,
        }
    }

    fn code(&self) -> Code {
        match self {
            Self::Away(_) | Self::Late => Code::ServiceUnavailable,
            Self::TooLarge => Code::Internal,
        }
    }

    fn message(&self) -> Cow<'static, str> {
        match self {
            Self::Away(_) | Self::Late => "Shared state is not available. Try again shortly.".into(),
            Self::TooLarge => "An internal limit was exceeded.".into(),
        }
    }
}

/// What happens to a request whose shared state cannot be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OnLoss {
    /// Go on without it: availability comes first.
    Admit,
    /// Stop: the check matters more than the answer.
    Refuse,
}

impl OnLoss {
    /// Applies the choice: a loss becomes `admitted`, or stays a loss.
    pub fn settle<T>(self, answer: Result<T, Lost>, admitted: T) -> Result<T, Lost> {
        match (self, answer) {
            (Self::Admit, Err(_)) => Ok(admitted),
            (_, answer) => answer,
        }
    }
}

/// Counts a loss under the verb that suffered it.
#[cfg(feature = "redis")]
pub(super) fn count<T>(verb: &'static str, answer: Result<T, Lost>) -> Result<T, Lost> {
    if answer.is_err() {
        metrics::counter!("nexusrag_shared_lost_total", "verb" => verb).increment(1);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_is_admitted_only_where_the_caller_says_so() {
        assert_eq!(OnLoss::Admit.settle(Err(Lost::Late), 7), Ok(7));
        assert_eq!(OnLoss::Refuse.settle(Err(Lost::Late), 7), Err(Lost::Late));
        assert_eq!(OnLoss::Refuse.settle(Ok(1), 7), Ok(1));
        assert_eq!(OnLoss::Admit.settle(Ok(1), 7), Ok(1));
    }
}
