//! Which files a run reads: those that were named, and profiles and kustomizations on the way up.
//!
//! What may hold a profile or a stub and cannot be read is not passed over: it becomes part of the
//! tree as what it is, and stops what it could govern. Nothing outside of the repository is read.

use std::collections::BTreeSet;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use tailscale_expose::kustomize::{FILE_NAMES, TreePath};
use tailscale_expose::{HEADER, Role, State, Tree};

/// The largest file that is read, in bytes: spans have 32 bits.
const MAX_BYTES: u64 = u32::MAX as u64;

/// What standard input is called in the tree.
const STDIN: &str = "standard input";

/// Reads files, folders and, as `-`, standard input, each file once, and what earlier runs generated in
/// the folder `output`.
///
/// # Errors
///
/// Returns that a path is not there, or a folder cannot be read.
pub(super) fn gather(paths: &[PathBuf], output: Option<&Path>) -> Result<Tree> {
    let here = std::env::current_dir().and_then(fs::canonicalize).context("cannot tell the current folder")?;
    let mut gatherer = Gatherer { tree: Tree::default(), places: BTreeSet::new(), here };
    let mut above = Vec::new();
    for (number, path) in paths.iter().enumerate() {
        above.extend(gatherer.named(path, number)?);
    }
    for (folder, boundary) in above {
        gatherer.above(&folder, &boundary)?;
    }
    gatherer.follow();
    if let Some(output) = output.filter(|output| output.is_dir()) {
        let real = fs::canonicalize(output).with_context(|| format!("cannot read {}", output.display()))?;
        gatherer.outputs(output, &real)?;
    }
    Ok(gatherer.tree)
}

/// Returns a path as the tree knows it.
fn tree_path(path: &Path) -> TreePath {
    TreePath::new(&path.to_string_lossy())
}

/// Returns a path that was named, or that is where a named one leads, as the tree knows it.
///
/// # Errors
///
/// Returns that it is not UTF-8: another folder would be meant by what is shown of it.
pub(super) fn named_path(path: &Path) -> Result<TreePath> {
    ensure!(path.to_str().is_some(), "cannot use {}: its name must be UTF-8", path.display());
    Ok(tree_path(path))
}

struct Gatherer {
    tree: Tree,
    /// Where the files are that are in the tree.
    places: BTreeSet<PathBuf>,
    here: PathBuf,
}

impl Gatherer {
    /// Reads a path that was named; returns where the look-up of profiles begins, and where it ends.
    fn named(&mut self, path: &Path, number: usize) -> Result<Option<(PathBuf, PathBuf)>> {
        if path.as_os_str() == "-" {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
            let place = named_path(&self.here)?.join(STDIN);
            self.tree.add_piped(place, "<stdin>", text);
            return Ok(Some((self.here.clone(), self.boundary(&self.here))));
        }
        if path.to_str().is_none() {
            bail!("cannot read {}: its name must be UTF-8", path.display());
        }
        let found = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
        if found.is_dir() {
            let real = fs::canonicalize(path).with_context(|| format!("cannot read {}", path.display()))?;
            let boundary = self.boundary(&real);
            self.tree.named.push(named_path(&real)?);
            self.walk(path, &real, &boundary, number)?;
            return Ok(real.parent().filter(|_| real != boundary).map(|parent| (parent.to_owned(), boundary)));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = fs::canonicalize(folder).with_context(|| format!("cannot read {}", path.display()))?;
        let Some(name) = path.file_name() else { bail!("cannot read {}: it must be a file", path.display()) };
        let real = folder.join(name);
        let boundary = self.boundary(&folder);
        self.tree.named.push(named_path(&real)?);
        self.add(path, &real, &boundary, Role::Named(number));
        // What an earlier run made of it stands beside it.
        let stem = Path::new(name).file_stem().unwrap_or_default().to_string_lossy();
        for suffix in ["gen.yaml", "patch.gen.yaml"] {
            let (shown, real) =
                (path.with_file_name(format!("{stem}.{suffix}")), folder.join(format!("{stem}.{suffix}")));
            self.add_output(&shown, &real, number);
        }
        Ok(Some((folder, boundary)))
    }

    /// Returns the folder above which nothing is read: the repository, else the current folder, else the
    /// folder itself.
    fn boundary(&self, folder: &Path) -> PathBuf {
        let repository = folder.ancestors().find(|above| above.join(".git").exists());
        let here = folder.starts_with(&self.here).then_some(self.here.as_path());
        repository.or(here).unwrap_or(folder).to_owned()
    }

    /// Reads the YAML and JSON files below a folder; hidden files and folders are left out.
    fn walk(&mut self, shown: &Path, real: &Path, boundary: &Path, number: usize) -> Result<()> {
        for name in names_in(shown, real)? {
            let (shown, real) = (shown.join(&name), real.join(&name));
            // What cannot be looked at is added as what cannot be read.
            let found = fs::symlink_metadata(&real).ok();
            if found.as_ref().is_some_and(fs::Metadata::is_dir) {
                self.walk(&shown, &real, boundary, number)?;
            } else if is_read(&real) || (found.is_some_and(|found| found.is_symlink()) && leads_out(&real, boundary)) {
                self.add(&shown, &real, boundary, Role::Named(number));
            }
        }
        Ok(())
    }

    /// Reads what stands in the folders on the way up, and nothing below them.
    fn above(&mut self, folder: &Path, boundary: &Path) -> Result<()> {
        for folder in folder.ancestors() {
            let place = tree_path(folder);
            let is_walked = self.tree.named.iter().any(|named| place.is_in(named));
            if !is_walked {
                for name in names_in(folder, folder)?.into_iter().filter(|name| is_read(Path::new(name))) {
                    let real = folder.join(name);
                    self.add_above(&real, boundary);
                }
            }
            if folder == boundary {
                break;
            }
        }
        Ok(())
    }

    /// Reads what kustomizations name and nobody has met: it is a part of the build, and a profile among
    /// it governs the stubs. Of a kustomization on the way up no folders of resources are read.
    fn follow(&mut self) {
        let mut whole: BTreeSet<usize> = BTreeSet::new();
        let mut number = 0;
        while let Some(file) = self.tree.files.get(number) {
            let is_whole = matches!(file.role, Role::Named(_)) || whole.contains(&number);
            let folder = file.path.parent().unwrap_or_default();
            let all = self.tree.named_by(number);
            let boundary = if all.is_empty() { PathBuf::new() } else { self.boundary(Path::new(folder.as_str())) };
            for named in all {
                let real = PathBuf::from(named.path.as_str());
                // What lies above the boundary is not looked for; a link is looked at where it is met.
                if !real.starts_with(&boundary) {
                    continue;
                }
                let target = match fs::canonicalize(&real) {
                    Ok(target) => target,
                    Err(error) => {
                        // What has a host in front may lie on another machine.
                        let relative = named.path.relative_to(&folder);
                        let is_local = relative.starts_with("../") || !relative.contains('/');
                        if fs::symlink_metadata(&real).is_ok() {
                            self.add_lost(named.path, "is a link that leads nowhere");
                        } else if error.kind() == ErrorKind::PermissionDenied {
                            self.add_lost(named.path, "cannot be read: permission denied");
                        } else if named.is_config && is_local {
                            self.add_lost(named.path, "is not there");
                        }
                        continue;
                    }
                };
                if !target.starts_with(&boundary) {
                    self.add_lost(named.path, "is a link that leads out of the repository");
                } else if !target.is_dir() {
                    self.add_above(&real, &boundary);
                } else if is_whole || named.is_config {
                    let before = self.tree.files.len();
                    for name in FILE_NAMES {
                        let file = real.join(name);
                        if fs::symlink_metadata(&file).is_ok() {
                            self.add_above(&file, &boundary);
                        }
                    }
                    whole.extend(before..self.tree.files.len());
                }
            }
            number += 1;
        }
    }

    /// Adds what a kustomization names and nobody can read.
    fn add_lost(&mut self, path: TreePath, why: &str) {
        let real = PathBuf::from(path.as_str());
        if self.places.insert(real.clone()) {
            let name = name_of(&self.shown(&real));
            self.tree.add_unread(path, &name, State::Unreadable(why.to_owned()), Role::Above);
        }
    }

    fn add_above(&mut self, real: &Path, boundary: &Path) {
        self.add(&self.shown(real), real, boundary, Role::Above);
    }

    /// Returns how a file is named from the current folder.
    fn shown(&self, real: &Path) -> PathBuf {
        PathBuf::from(tree_path(real).relative_to(&tree_path(&self.here)))
    }

    /// Adds what earlier runs generated below a folder of their own.
    fn outputs(&mut self, shown: &Path, real: &Path) -> Result<()> {
        for name in names_in(shown, real)? {
            let (shown, real) = (shown.join(&name), real.join(&name));
            match fs::symlink_metadata(&real) {
                Ok(found) if found.is_dir() => self.outputs(&shown, &real)?,
                Ok(found) if found.is_file() && is_read(&real) => self.add_output(&shown, &real, 0),
                _ => {}
            }
        }
        Ok(())
    }

    fn add_output(&mut self, shown: &Path, real: &Path, number: usize) {
        let is_file = real.to_str().is_some()
            && fs::symlink_metadata(real).is_ok_and(|found| found.is_file() && found.len() < MAX_BYTES);
        if !is_file || self.places.contains(real) {
            return;
        }
        if let Ok(text) = fs::read_to_string(real)
            && text.starts_with(HEADER)
        {
            self.places.insert(real.to_owned());
            self.tree.add(tree_path(real), &name_of(shown), text, Role::Named(number));
        }
    }

    fn add(&mut self, shown: &Path, real: &Path, boundary: &Path, role: Role) {
        if !self.places.insert(real.to_owned()) {
            return;
        }
        let (place, name) = (tree_path(real), name_of(shown));
        match bytes_of(real, boundary) {
            Ok(None) => {}
            Ok(Some((target, bytes))) => self.tree.add_bytes(place, tree_path(&target), &name, bytes, role),
            Err(why) => self.tree.add_unread(place, &name, State::Unreadable(why), role),
        }
    }
}

/// Returns the bytes of a file and where it really is, or why it cannot be read; nothing for a link to a
/// folder, which is met where it is.
fn bytes_of(path: &Path, boundary: &Path) -> Result<Option<(PathBuf, Vec<u8>)>, String> {
    if path.to_str().is_none() {
        return Err("must have a name that is UTF-8".to_owned());
    }
    let cannot = |error: &std::io::Error| format!("cannot be read: {error}");
    let is_link = fs::symlink_metadata(path).map_err(|error| cannot(&error))?.is_symlink();
    let target = match fs::canonicalize(path) {
        Ok(target) => target,
        Err(_) if is_link => return Err("is a link that leads nowhere".to_owned()),
        Err(error) => return Err(cannot(&error)),
    };
    if is_link && !target.starts_with(boundary) {
        return Err("is a link that leads out of the repository".to_owned());
    }
    let found = fs::metadata(&target).map_err(|error| cannot(&error))?;
    if found.is_dir() {
        return Ok(None);
    }
    if !found.is_file() {
        return Err("is a pipe, a socket or a device".to_owned());
    }
    if found.len() >= MAX_BYTES {
        return Err("must be smaller than 4 GiB".to_owned());
    }
    let bytes = fs::read(&target).map_err(|error| cannot(&error))?;
    Ok(Some((target, bytes)))
}

/// Whether a link to a folder leads out of the repository.
fn leads_out(link: &Path, boundary: &Path) -> bool {
    fs::canonicalize(link).is_ok_and(|target| target.is_dir() && !target.starts_with(boundary))
}

/// Whether a file is read, by its name.
fn is_read(path: &Path) -> bool {
    let has_ending = path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml" || ending == "json");
    has_ending || path.file_name().is_some_and(|name| FILE_NAMES.iter().any(|known| name == *known))
}

/// Returns the names in a folder that are not hidden, in order.
fn names_in(shown: &Path, folder: &Path) -> Result<Vec<std::ffi::OsString>> {
    let failed = || format!("cannot read {}", shown.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(failed)? {
        let name = entry.with_context(failed)?.file_name();
        if !name.to_string_lossy().starts_with('.') {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Returns what people know a file by.
fn name_of(shown: &Path) -> String {
    shown.strip_prefix("./").unwrap_or(shown).display().to_string()
}
