//! Why a function has no answer.

use std::fmt;
use std::time::Duration;

/// Why a function has no answer. The user is told, and the exit code is 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The engine does not start.
    Engine(String),
    /// The compiled code cannot be loaded.
    Code(String),
    /// The module is no command of WASI preview 1.
    Module(String),
    /// The system refuses what the function may have.
    System(String),
    /// The compiler needs more memory than so many MiB.
    Compiler(u64),
    /// The function needs more memory than so many MiB.
    Memory(u64),
    /// The answer is longer than so many MiB.
    Answer(u64),
    /// There was no answer in time.
    Deadline(Duration),
    /// Calls nest deeper than the stack is.
    Stack,
    /// The function stopped itself.
    Trap(String),
}

impl Failure {
    /// Returns what to do.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        Some(match self {
            Self::Engine(_) | Self::System(_) => {
                "the sandbox reserves 4 GiB of addresses (not of memory): see `ulimit -v`"
            }
            Self::Module(_) => "a KRM function for this host is a core module built for wasm32-wasip1",
            Self::Compiler(_) => "a function that is known to be good may have more: --memory",
            _ => return None,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine(why) => write!(f, "the sandbox cannot start: {why}"),
            Self::Code(why) => write!(f, "the compiled code cannot be loaded: {why}"),
            Self::Module(why) => write!(f, "not a KRM function: {why}"),
            Self::System(why) => write!(f, "the system refuses what the function needs: {why}"),
            Self::Compiler(limit) => {
                write!(f, "compiling the function needs more memory than it may have, {limit} MiB")
            }
            Self::Memory(limit) => write!(f, "the function needs more memory than it may have, {limit} MiB"),
            Self::Answer(limit) => write!(f, "the function's answer is longer than it may be, {limit} MiB"),
            Self::Deadline(limit) => write!(f, "the function did not answer within {} s", limit.as_secs_f32()),
            Self::Stack => write!(f, "the function's calls nest too deep"),
            Self::Trap(why) => write!(f, "the function failed: {why}"),
        }
    }
}

impl std::error::Error for Failure {}
