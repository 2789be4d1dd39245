//! Errors: what stops a run.
//!
//! There are three channels, and they are never mixed.
//!
//! - A *finding* is about a manifest; its author is told. All findings of a run are collected, the
//!   output is written all the same, and the exit code is 1 if one of them is an error.
//! - An *error* is about the call: the request is not a ResourceList, or asks for something that this
//!   function does not do. The run cannot go on, nothing is written, and the exit code is 2.
//! - A *panic* is a fault of ours. The lints deny what could panic.

use std::fmt;

/// What kind of error it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request is not a ResourceList.
    NotAResourceList,
    /// The request asks for something that this function does not do.
    Unsupported,
}

impl ErrorKind {
    /// Returns the code of the kind, in kebab-case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotAResourceList => "not-a-resource-list",
            Self::Unsupported => "unsupported",
        }
    }
}

/// Why a run cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    help: Option<String>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Returns what kind of error it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns what to do.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
