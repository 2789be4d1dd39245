//! What wasm-bindgen exports: the only code here that needs `unsafe`.
#![allow(unsafe_code, unreachable_pub, reason = "the code is generated")]

use wasm_bindgen::prelude::wasm_bindgen;

/// Renders files; returns a `Rendering` as JSON.
#[wasm_bindgen]
#[must_use]
pub fn render(names: Vec<String>, texts: Vec<String>) -> String {
    crate::render(names, texts)
}

/// Answers a request; returns an `Answer`, or a `Refusal`, as JSON.
#[wasm_bindgen]
#[must_use]
pub fn respond(request: String) -> String {
    crate::respond(request)
}

/// Returns the JSON Schema of stubs and profiles.
#[wasm_bindgen]
#[must_use]
pub fn schema() -> String {
    crate::schema()
}
