//! What wit-bindgen makes of `wit/world.wit`: the only code here that needs `unsafe`.
#![allow(unsafe_code, missing_docs, unreachable_pub, reason = "the code is generated")]
#![allow(clippy::all, clippy::restriction, reason = "the code is generated")]

wit_bindgen::generate!({ world: "plugin", path: "../wit" });

use super::Plugin;

export!(Plugin with_types_in self);
