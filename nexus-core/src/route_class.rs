//! The classes of routes: what limits, quotas and metrics count requests under, and what one of each costs.

/// How a route is limited and counted. It follows from the permission, never from a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RouteClass {
    /// Asking a question.
    Run,
    /// Changing something.
    Mutation,
    /// Looking at something.
    Read,
    /// Operating the platform or reading the audit log.
    Ops,
}

impl RouteClass {
    /// All classes.
    pub const ALL: [Self; 4] = [Self::Run, Self::Mutation, Self::Read, Self::Ops];

    /// The name in headers and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Mutation => "mutation",
            Self::Read => "read",
            Self::Ops => "ops",
        }
    }

    /// What one request costs, in units of a quota and in tokens of a rate limit: a question costs as much as three looks.
    #[must_use]
    pub fn cost(self) -> u32 {
        match self {
            Self::Run => 3,
            Self::Mutation | Self::Read | Self::Ops => 1,
        }
    }
}
