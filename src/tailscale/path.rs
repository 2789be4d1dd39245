//! Paths of an Ingress: what the API server refuses, and what the operator takes literally.

/// What no path of type Prefix may hold (`networking/validation` invalidPathSequences).
const SEQUENCES: [&str; 5] = ["//", "/./", "/../", "%2f", "%2F"];

/// What no path of type Prefix may end with (`networking/validation` invalidPathSuffixes).
const SUFFIXES: [&str; 2] = ["/..", "/."];

/// Signs of the patterns that other controllers read.
const SIGNS: [char; 13] = ['*', '(', ')', '[', ']', '{', '}', '|', '^', '$', '?', '\\', '#'];

/// Checks a whole path (`networking/validation` validateHTTPIngressPath).
///
/// # Errors
///
/// Returns what the path must be.
pub fn check_path(path: &str) -> Result<(), String> {
    if !path.starts_with('/') {
        return Err("path must start with \"/\"".to_owned());
    }
    check_path_part(path)?;
    match SUFFIXES.into_iter().find(|suffix| path.ends_with(suffix)) {
        Some(suffix) => Err(format!("path must not end with \"{suffix}\": the API server refuses it")),
        None => Ok(()),
    }
}

/// Checks a part of a path whose other parts are not known yet.
///
/// # Errors
///
/// Returns what the path must be.
pub fn check_path_part(part: &str) -> Result<(), String> {
    match SEQUENCES.into_iter().find(|sequence| part.contains(sequence)) {
        Some(sequence) => Err(format!("path must not hold \"{sequence}\": the API server refuses it")),
        None => Ok(()),
    }
}

/// Returns where a path holds the first sign of a pattern: the operator serves that path and those below it, as
/// they are written (`ipn/ipnlocal/serve.go` getServeHandler).
#[must_use]
pub fn pattern_in(path: &str) -> Option<usize> {
    path.find(SIGNS)
}

/// Returns the path that most likely was meant by a refused one.
#[must_use]
pub fn suggest_path(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let mut near = format!("/{}", parts.join("/"));
    if near.len() > 1 && path.ends_with('/') {
        near.push('/');
    }
    check_path(&near).is_ok().then_some(near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_what_the_api_server_takes() {
        for (path, ok) in [
            ("/", true),
            ("/a/b/", true),
            ("/a..b/.c", true),
            ("/a//b", false),
            ("//", false),
            ("/a/./b", false),
            ("/a/../b", false),
            ("/a%2fb", false),
            ("/a%2Fb", false),
            ("/a/.", false),
            ("/..", false),
            ("a", false),
            ("", false),
        ] {
            assert_eq!(check_path(path).is_ok(), ok, "{path:?}");
        }
        assert_eq!(suggest_path("/a//b"), Some("/a/b".to_owned()));
        assert_eq!(suggest_path("a/../b/."), Some("/b".to_owned()));
        assert_eq!(suggest_path("/a%2fb"), None);
    }
}
