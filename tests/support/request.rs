//! A golden case as a request: what an orchestrator would send for the files of its folder.

// Each test uses a part of this file.
#![allow(dead_code)]

use crate::support::Case;

/// Returns a ResourceList with every document of the files as an item, as it is written.
pub(crate) fn list(case: &Case) -> String {
    let mut text = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n".to_owned();
    for (_, file) in case.inputs() {
        for document in documents(&file) {
            for (number, line) in document.iter().enumerate() {
                let indent = if number == 0 { "- " } else { "  " };
                text.push_str(if line.is_empty() { "" } else { indent });
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    text
}

/// Returns the files as one stream, as a pipe has them.
pub(crate) fn stream(case: &Case) -> String {
    let mut text = String::new();
    for (_, file) in case.inputs() {
        text.push_str("---\n");
        text.push_str(&file);
        if !file.ends_with('\n') {
            text.push('\n');
        }
    }
    text
}

/// Returns the documents of a file, without comments and empty lines at their beginning.
fn documents(file: &str) -> Vec<Vec<&str>> {
    let mut documents = vec![Vec::new()];
    for line in file.trim_start_matches('\u{feff}').lines() {
        if line.starts_with("---") {
            documents.push(Vec::new());
        } else if let Some(document) = documents.last_mut()
            && !(document.is_empty() && (line.trim().is_empty() || line.starts_with('#')))
        {
            document.push(line);
        }
    }
    documents.retain(|document| !document.is_empty());
    documents
}
