//! A sandbox for KRM functions: a WebAssembly module that reads a question and writes an answer, and
//! can do nothing else.
//!
//! Two programs stand on it. `tailscale-expose-wasm` has our own function in it, compiled when the
//! program was built, so that a call takes a millisecond or two; it has no compiler. `krm-wasm` has
//! the compiler and runs any function that is a command of WASI preview 1.
//!
//! # What a function can do
//!
//! Read standard input to its end, write standard output and standard error, exit. There are no files,
//! no network, no environment, no arguments and no threads. `krm-wasm` also has the other functions of
//! preview 1, because runtimes of languages call them when they start: the clock is a counter, random
//! numbers are always the same ones, and all the rest fails (see `wasi/rest.rs`). So the same question
//! has the same answer, always.
//!
//! # Why wasmtime 48
//!
//! Its compiler makes the fastest code of those that can be embedded, and code can be compiled on
//! another machine and loaded by a runtime without the compiler (1 MB). 48 is a line with long-term
//! support, and the last that builds with our Rust. The version is exact, because compiled code is
//! loaded only by the version that made it.
//!
//! Its features: `runtime` and `std`, and `cranelift` for `krm-wasm`. Not `wasmtime-wasi`: the seven
//! functions that we need are two hundred lines, and that crate brings an asynchronous runtime, files
//! and sockets, which would then have to be taken away again.
//!
//! # The limits
//!
//! | limit | why so |
//! |---|---|
//! | memory: a base, and a factor of the question's length | a question is read into trees; see [`Limits`] |
//! | answer: as long as the memory is large | the host keeps it until the function has ended well, so that half an answer is never seen |
//! | standard error: some MiB, and no reader is waited for past the deadline | a log is not flooded, and a full pipe holds up nobody (`stderr.rs`) |
//! | compiling: memory, from a base and a factor of the module's length, in a process of its own | 8 KB can be made to take more than 4 GiB (`apart.rs`) |
//! | time: a deadline | the thread that waits for the function ends the program |
//! | stack: 8 MiB | what a native program's main thread has |
//!
//! The deadline is neither wasmtime's *epoch* nor its *fuel*. Both are checks in the compiled code, in
//! each loop and each function, and cost 6 to 35 % of the time; and neither sees time that is spent in
//! the compiler, which a module can be made to keep busy. A host that runs one function and exits needs
//! neither: the program ends, and takes the function with it.
//!
//! Code is compiled for the plainest processor of the architecture, so that a cache or a program can
//! be taken to another machine. The code of our own function is not copied: it runs where it lies in
//! the program (`in_place.rs`), which halves the time of a small question. Memory is reserved as 4 GiB of addresses without storage, so that no
//! access needs a check; where addresses are limited (`ulimit -v`) this cannot work, and says so.
//!
//! # Loading code takes `unsafe`, and nothing else does
//!
//! Compiled code is trusted as this program itself is. It comes from three places only: from this
//! program's own bytes, from this program as the compiler (`apart.rs`), and from a cache that cannot be
//! written to without a key (`cache.rs`).

#[cfg(feature = "compiler")]
pub mod apart;
#[cfg(any(feature = "compiler", test))]
pub mod cache;
#[cfg(feature = "compiler")]
pub mod compile;
mod engine;
mod failure;
mod in_place;
mod limits;
mod run;
mod stderr;
mod wasi;

pub use engine::{engine, load};
pub use failure::Failure;
pub use in_place::{Aligned, load_in_place};
pub use limits::Limits;
pub use run::{Answer, call, finish, shown, within};
pub use stderr::{FunctionStderr, Stderr};
pub use wasi::Imports;
