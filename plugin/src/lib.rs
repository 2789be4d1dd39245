//! Adapters that package the core for hosts of WebAssembly. They map types and add no logic.
//!
//! The world they implement is `wit/world.wit`. So far there is one adapter: text in, text out.

/// Answers one request on the KRM Functions wire; see [`tailscale_expose::respond`].
///
/// # Errors
///
/// Returns why the request cannot be answered.
pub fn process(request: &str) -> Result<String, String> {
    tailscale_expose::respond(request.to_owned(), None)
        .map(|response| response.text())
        .map_err(|error| error.to_string())
}
