//! Paths in a tree of files, compared as text: no disk is asked.

use std::fmt;

/// A path of a file or folder: segments between slashes, without `.`, and with `..` only in front.
///
/// Two paths of one tree name the same file if and only if they are equal, as long as no link is on
/// the way; whoever reads the tree resolves links first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct TreePath(String);

impl TreePath {
    /// Makes a path of a text: `./apps//a/../b/` is `apps/b`; what is absolute stays so.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(if text.starts_with('/') { "/".to_owned() } else { String::new() }).join(text.trim_start_matches('/'))
    }

    /// Returns the path that a relative path leads to from this folder; an absolute one is itself.
    #[must_use]
    pub fn join(&self, relative: &str) -> Self {
        if relative.starts_with('/') {
            return Self::new(relative);
        }
        let mut path = self.0.clone();
        for segment in relative.split('/').filter(|segment| !segment.is_empty() && *segment != ".") {
            let last = path.rsplit('/').next().unwrap_or_default();
            if segment == ".." && path == "/" {
                // Above the root is the root.
            } else if segment == ".." && !last.is_empty() && last != ".." {
                let kept = path.len() - last.len();
                path.truncate(if kept > 1 { kept - 1 } else { kept });
            } else {
                if !path.is_empty() && !path.ends_with('/') {
                    path.push('/');
                }
                path.push_str(segment);
            }
        }
        Self(path)
    }

    /// Returns the folder that it lies in; the root, and what leads above the tree, have none.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        if self.0.is_empty() || self.0 == "/" || self.name() == ".." { None } else { Some(self.join("..")) }
    }

    /// Returns the last segment.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// Returns the name without the last dot and what follows it.
    #[must_use]
    pub fn stem(&self) -> &str {
        match self.name().rsplit_once('.') {
            Some((stem, _)) if !stem.is_empty() => stem,
            _ => self.name(),
        }
    }

    /// Returns the path of another file in the same folder.
    #[must_use]
    pub fn beside(&self, name: &str) -> Self {
        self.parent().unwrap_or_default().join(name)
    }

    /// Returns whether it is a folder itself or lies below it.
    #[must_use]
    pub fn is_in(&self, folder: &Self) -> bool {
        match self.0.strip_prefix(&folder.0) {
            _ if folder.0.is_empty() => !self.0.starts_with('/') && !self.0.starts_with(".."),
            Some(rest) => rest.is_empty() || folder.0.ends_with('/') || rest.starts_with('/'),
            None => false,
        }
    }

    /// Returns the folders from the nearest to the farthest: the one it lies in first.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.parent(), Self::parent)
    }

    /// Returns how a file of this path is named in a folder: `../apps/a.yaml`.
    #[must_use]
    pub fn relative_to(&self, folder: &Self) -> String {
        let segments = |path: &Self| -> Vec<String> {
            path.0.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect()
        };
        let (own, other) = (segments(self), segments(folder));
        let shared = own.iter().zip(&other).take_while(|(a, b)| a == b).count();
        let up = std::iter::repeat_n("..", other.len() - shared);
        let path: Vec<&str> = up.chain(own.iter().skip(shared).map(String::as_str)).collect();
        if path.is_empty() { ".".to_owned() } else { path.join("/") }
    }

    /// Returns the path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "." } else { &self.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_resolved_as_text() {
        for (text, want) in [
            ("", ""),
            (".", ""),
            ("./a//b/", "a/b"),
            ("a/../b", "b"),
            ("a/..", ""),
            ("../a", "../a"),
            ("../../a/..", "../.."),
            ("a/../../b", "../b"),
            ("/", "/"),
            ("/a/..", "/"),
            ("/../a", "/a"),
            ("/a/./b", "/a/b"),
        ] {
            assert_eq!(TreePath::new(text).as_str(), want, "{text:?}");
        }
    }

    #[test]
    fn a_path_is_in_its_own_folders_only() {
        for (path, folder, want) in [
            ("apps/a.yaml", "apps", true),
            ("apps", "apps", true),
            ("apps-b/a.yaml", "apps", false),
            ("a.yaml", "", true),
            ("../a.yaml", "", false),
            ("/a/b", "/", true),
            ("/a/b", "/a", true),
            ("/ab", "/a", false),
        ] {
            assert_eq!(TreePath::new(path).is_in(&TreePath::new(folder)), want, "{path} in {folder}");
        }
        let above: Vec<_> = TreePath::new("a/b/c.yaml").ancestors().map(|folder| folder.to_string()).collect();
        assert_eq!(above, ["a/b", "a", "."]);
        let above: Vec<_> = TreePath::new("/a/b").ancestors().map(|folder| folder.to_string()).collect();
        assert_eq!(above, ["/a", "/"]);
    }

    #[test]
    fn a_file_is_named_from_any_folder() {
        for (path, folder, want) in [
            ("apps/a.yaml", "apps", "a.yaml"),
            ("apps/a.yaml", "", "apps/a.yaml"),
            ("apps/a.yaml", "clusters/home", "../../apps/a.yaml"),
            ("/r/apps/a.yaml", "/r/out", "../apps/a.yaml"),
            ("apps", "apps", "."),
        ] {
            let (path, folder) = (TreePath::new(path), TreePath::new(folder));
            assert_eq!(path.relative_to(&folder), want);
            assert_eq!(folder.join(want), path);
        }
    }

    #[test]
    fn a_file_has_a_stem_and_neighbours() {
        for (path, stem) in [("a/web.yaml", "web"), ("web", "web"), (".hidden", ".hidden"), ("a.b.yml", "a.b")] {
            assert_eq!(TreePath::new(path).stem(), stem);
        }
        assert_eq!(TreePath::new("a/web.yaml").beside("web.gen.yaml").as_str(), "a/web.gen.yaml");
        assert_eq!(TreePath::new("web.yaml").beside("x").as_str(), "x");
    }
}
