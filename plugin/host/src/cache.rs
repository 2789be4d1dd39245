//! A cache of compiled code that nobody else can put anything into.
//!
//! Compiling takes half a second, loading what was compiled a millisecond. But loaded code is run as it
//! is, outside of any sandbox: whoever can choose the bytes of an entry can do what the user can. Who
//! could?
//!
//! 1. *Other users*, where a folder is shared or was made by somebody else. So the folders must belong
//!    to the user who runs the program, and be closed to all others (0700); entries too (0600). What is
//!    not so is not repaired, because something may be in it already: then there is no cache.
//! 2. *Whoever can write into the user's cache folder, and not elsewhere*: a build job that restores
//!    `~/.cache` from another, less trusted one; a container that has the folder mounted; an archive
//!    that is unpacked there. Against them owner and mode say nothing, and a checksum in the entry
//!    neither, since they can compute it. So an entry is authenticated by a key that is not in the
//!    cache folder: 32 random bytes in the *state* folder, which belongs to one machine and is in no
//!    cache. Without the key an entry cannot be made; one from elsewhere is as if it were not there.
//! 3. *Damage*: a full disk, a killed program. An entry is written aside and renamed, and whatever
//!    happens to it, the code of authentication no longer fits.
//!
//! What is authenticated is the name of the entry and the code together, so that a valid entry cannot
//! be put in the place of another. The name has a hash of the module, and wasmtime's own hash of its
//! version, target and settings. The bytes that were checked are the bytes that are loaded: the file is
//! read once into memory, and not mapped, since a mapped file changes when somebody writes to it.
//!
//! Who can write to all of the user's files, or read the user's memory, is not kept out: they need no
//! cache for what they want.
//!
//! What goes wrong with the cache never stops a run; it only makes it slower.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// How many entries are kept.
const KEPT: usize = 32;

/// Code longer than this is no code of ours.
const LONGEST: u64 = 1 << 30;

/// The length of a key, and of a code of authentication.
const LENGTH: usize = 32;

const SUFFIX: &str = "code";

/// A cache of compiled code.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    key: [u8; LENGTH],
}

/// The place of one module's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry(String);

impl Cache {
    /// Opens the cache of a program: its entries below one folder, the key below another. What is missing is
    /// made.
    ///
    /// # Errors
    ///
    /// Returns why there can be no cache that is safe.
    pub fn open(cache_home: &Path, state_home: &Path, program: &str) -> Result<Self, String> {
        let told = |path: &Path, error: io::Error| format!("{}: {error}", path.display());
        let made = |path: &Path| private_folder(path).map_err(|error| told(path, error));
        let (folder, state) = (made(&cache_home.join(program))?, made(&state_home.join(program))?);
        // All of a cache's home may come from elsewhere, not only this program's part of it.
        let home = fs::canonicalize(cache_home).map_err(|error| told(cache_home, error))?;
        for (inner, outer) in [(&state, &home), (&folder, &state)] {
            if is_within(inner, outer).map_err(|error| told(inner, error))? {
                return Err(format!("{} and {} must be apart", home.display(), state.display()));
            }
        }
        let path = state.join("key");
        let key = key(&path).map_err(|error| told(&path, error))?;
        Ok(Self { folder, key })
    }

    /// Returns the place of a module, compiled with these settings.
    pub fn entry(&self, wasm: &[u8], settings: impl Hash) -> Entry {
        // Its keys are fixed, so that another process finds the same place.
        let mut hasher = DefaultHasher::new();
        settings.hash(&mut hasher);
        Entry(format!("{}-{:016x}", blake3::hash(wasm).to_hex(), hasher.finish()))
    }

    /// Returns the code in a place, if it is ours and whole.
    #[must_use]
    pub fn get(&self, entry: &Entry) -> Option<Vec<u8>> {
        let mut bytes = private_file(&self.path(entry)).ok()?;
        let code = bytes.split_off(LENGTH.min(bytes.len()));
        let given = blake3::Hash::from_slice(&bytes).ok()?;
        // The comparison takes the same time for every hash.
        (given == self.authenticate(entry, &code)).then_some(code)
    }

    /// Puts code in a place. If that fails there will be another chance.
    pub fn put(&self, entry: &Entry, code: &[u8]) {
        let _ = write_aside(&self.path(entry), &[self.authenticate(entry, code).as_bytes(), code], true);
        let _ = self.prune();
    }

    fn path(&self, entry: &Entry) -> PathBuf {
        self.folder.join(&entry.0).with_extension(SUFFIX)
    }

    fn authenticate(&self, entry: &Entry, code: &[u8]) -> blake3::Hash {
        // The name has a fixed length, so where it ends is no question.
        blake3::Hasher::new_keyed(&self.key).update(entry.0.as_bytes()).update(code).finalize()
    }

    /// Removes the oldest entries.
    fn prune(&self) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.path().extension() == Some(OsStr::new(SUFFIX)) {
                entries.push((entry.metadata()?.modified()?, entry.path()));
            }
        }
        entries.sort();
        for (_, path) in entries.iter().rev().skip(KEPT) {
            fs::remove_file(path)?;
        }
        Ok(())
    }
}

/// Makes sure that a folder is there, is the user's, and is closed to others; returns where it really is.
fn private_folder(path: &Path) -> io::Result<PathBuf> {
    if !path.is_absolute() {
        return Err(io::Error::other("the path must be absolute"));
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_dir() {
        return Err(io::Error::other("it must be a folder"));
    }
    is_private(&metadata)?;
    fs::canonicalize(path)
}

/// Whether a folder is another one or lies in it, by whatever names; both without links and dots. A folder
/// that is mounted in two places is the same one in both.
fn is_within(inner: &Path, outer: &Path) -> io::Result<bool> {
    let outer = fs::metadata(outer)?;
    for folder in inner.ancestors() {
        let folder = fs::metadata(folder)?;
        if (folder.dev(), folder.ino()) == (outer.dev(), outer.ino()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reads a file that is the user's, and that others can neither read nor write.
fn private_file(path: &Path) -> io::Result<Vec<u8>> {
    // A link could lead to a file of the user's that somebody else has chosen; a pipe would block.
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::CLOEXEC;
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() > LONGEST {
        return Err(io::Error::other("it must be a file, and not so long"));
    }
    is_private(&metadata)?;
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    file.take(LONGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn is_private(metadata: &fs::Metadata) -> io::Result<()> {
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::other("it must belong to the user who runs this"));
    }
    if metadata.mode() & 0o077 != 0 {
        return Err(io::Error::other("it must be closed to all others (chmod go-rwx)"));
    }
    Ok(())
}

/// Returns the key, which is made where there is none.
fn key(path: &Path) -> io::Result<[u8; LENGTH]> {
    let read = || private_file(path);
    let bytes = match read() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut key = [0; LENGTH];
            File::open("/dev/urandom")?.read_exact(&mut key)?;
            // Of two at once one wins, and both read what the winner wrote.
            match write_aside(path, &[&key], false) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => read()?,
            }
        }
        other => other?,
    };
    bytes.try_into().map_err(|_| io::Error::other("it must have 32 bytes; remove it"))
}

/// Writes a file that nobody sees before it is whole.
fn write_aside(path: &Path, pieces: &[&[u8]], replace: bool) -> io::Result<()> {
    let aside = path.with_extension(format!("{}.new", std::process::id()));
    // What a killed process with this number has left.
    let _ = fs::remove_file(&aside);
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
        pieces.iter().try_for_each(|piece| file.write_all(piece))?;
        if replace { fs::rename(&aside, path) } else { fs::hard_link(&aside, path) }
    };
    let written = write();
    let _ = fs::remove_file(&aside);
    written
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn folders() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let (cache, state) = (folder.path().join("cache/x"), folder.path().join("state/x"));
        (folder, cache, state)
    }

    fn open(cache: &Path, state: &Path) -> Result<Cache, String> {
        Cache::open(cache.parent().unwrap(), state.parent().unwrap(), "x")
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_was_put_is_found_by_another_process_and_for_no_other_module_or_settings() {
        let (_folder, cache, state) = folders();
        let one = open(&cache, &state).unwrap();
        one.put(&one.entry(b"module", 1), b"code");
        let other = open(&cache, &state).unwrap();
        assert_eq!(other.get(&other.entry(b"module", 1)), Some(b"code".to_vec()));
        assert_eq!(other.get(&other.entry(b"Module", 1)), None);
        assert_eq!(other.get(&other.entry(b"module", 2)), None);
    }

    #[test]
    fn no_bit_of_an_entry_can_be_changed() {
        let (_folder, cache, state) = folders();
        let opened = open(&cache, &state).unwrap();
        let entry = opened.entry(b"module", 1);
        opened.put(&entry, b"code");
        let path = opened.path(&entry);
        let whole = fs::read(&path).unwrap();
        for bit in 0..whole.len() * 8 {
            let mut changed = whole.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, &changed).unwrap();
            assert_eq!(opened.get(&entry), None, "bit {bit}");
        }
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert_eq!(opened.get(&entry), None, "{length} bytes");
        }
        fs::write(&path, &whole).unwrap();
        assert!(opened.get(&entry).is_some());
    }

    #[test]
    fn an_entry_in_the_place_of_another_or_made_with_another_key_is_none() {
        let (folder, cache, state) = folders();
        let opened = open(&cache, &state).unwrap();
        let (good, evil) = (opened.entry(b"good", 1), opened.entry(b"evil", 1));
        opened.put(&evil, b"evil code");
        fs::copy(opened.path(&evil), opened.path(&good)).unwrap();
        assert_eq!(opened.get(&good), None);
        let foreign = open(&cache, &folder.path().join("other machine/x")).unwrap();
        foreign.put(&good, b"evil code");
        assert_eq!(opened.get(&good), None);
    }

    #[test]
    fn what_others_can_reach_is_not_used() {
        let (_folder, cache, state) = folders();
        let opened = open(&cache, &state).unwrap();
        let entry = opened.entry(b"module", 1);
        opened.put(&entry, b"code");
        for mode in [0o620, 0o602, 0o640, 0o604] {
            set_mode(&opened.path(&entry), mode);
            assert_eq!(opened.get(&entry), None, "{mode:o}");
        }
        for path in [&cache, &state, &state.join("key")] {
            let before = fs::metadata(path).unwrap().mode();
            set_mode(path, before | 0o020);
            let error = open(&cache, &state).unwrap_err();
            assert!(error.ends_with("it must be closed to all others (chmod go-rwx)"), "{error}");
            set_mode(path, before);
        }
        open(&cache, &state).unwrap();
    }

    #[test]
    fn links_are_not_followed() {
        let (folder, cache, state) = folders();
        let opened = open(&cache, &state).unwrap();
        let entry = opened.entry(b"module", 1);
        opened.put(&entry, b"code");
        let elsewhere = folder.path().join("elsewhere");
        fs::rename(opened.path(&entry), &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, opened.path(&entry)).unwrap();
        assert_eq!(opened.get(&entry), None);
        fs::create_dir(folder.path().join("link")).unwrap();
        let link = folder.path().join("link/x");
        std::os::unix::fs::symlink(&cache, &link).unwrap();
        let error = open(&link, &state).unwrap_err();
        assert!(error.ends_with("it must be a folder"), "{error}");
    }

    #[test]
    fn the_key_is_not_kept_with_the_entries_by_whatever_names() {
        let (folder, cache, state) = folders();
        let (base, link) = (folder.path(), folder.path().join("link"));
        fs::create_dir_all(&cache).unwrap();
        for path in [&cache, cache.parent().unwrap()] {
            set_mode(path, 0o700);
        }
        std::os::unix::fs::symlink(cache.parent().unwrap(), &link).unwrap();
        let homes = [
            (base.join("cache"), base.join("cache")),
            (base.join("cache"), base.join("cache/state")),
            (base.join("cache"), base.join("cache/x")),
            (base.join("cache"), base.join("state/../cache")),
            (base.join("cache"), base.join("cache/./a/../b")),
            (base.join("cache/a/.."), base.join("cache")),
            (base.join("cache"), link.clone()),
            (base.join("cache"), link.join("deeper")),
            (link.clone(), base.join("cache")),
            (link.join("x/.."), base.join("cache/state")),
            (base.join("states/x"), base.join("states")),
            (base.join("states/x/y/z"), base.join("states")),
        ];
        fs::create_dir_all(base.join("cache/a")).unwrap();
        fs::create_dir_all(base.join("state")).unwrap();
        for (cache, state) in homes {
            let error = Cache::open(&cache, &state, "x").map(|_| (&cache, &state)).unwrap_err();
            assert!(error.ends_with("must be apart"), "{} and {}: {error}", cache.display(), state.display());
            assert_eq!(keys(base), Vec::<PathBuf>::new());
        }
        let opened = open(&cache, &state).unwrap();
        assert_eq!(fs::read(state.join("key")).unwrap(), opened.key);
        assert_eq!(keys(base), [state.join("key")]);
    }

    /// Finds keys below a folder.
    fn keys(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap().flatten();
        let found = entries.flat_map(|entry| match entry.file_type().unwrap().is_dir() {
            true => keys(&entry.path()),
            false => vec![entry.path()],
        });
        found.filter(|path| path.ends_with("key")).collect()
    }

    #[test]
    fn old_entries_go() {
        let (_folder, cache, state) = folders();
        let opened = open(&cache, &state).unwrap();
        for number in 0..KEPT + 3 {
            opened.put(&opened.entry(b"module", number), b"code");
        }
        assert_eq!(fs::read_dir(&cache).unwrap().count(), KEPT);
        assert!(opened.get(&opened.entry(b"module", KEPT + 2)).is_some());
    }
}
