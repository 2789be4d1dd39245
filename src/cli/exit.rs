//! How a run ends.

use std::process::ExitCode;

/// How a run ends. All other codes are reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Everything is well.
    Done,
    /// A finding is an error, or what is on disk is stale.
    Found,
    /// The run could not go on.
    Failed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Found => 1,
            Exit::Failed => 2,
        })
    }
}
