//! Writing files: whole or not at all, and only in the place of files.
//!
//! A text is written aside, under a name that was made for it alone, brought to the disk and renamed. So a
//! reader sees the old file or the new one, two runs at once never mix, and a disk that is full leaves what
//! was there. No link is followed, and nothing but a file is ever replaced.

use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use tempfile::{Builder, NamedTempFile};

/// Returns whether a file is there.
///
/// # Errors
///
/// Returns that something else is there, or that nobody can tell.
pub(super) fn is_file(path: &Path) -> Result<bool> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found.file_type(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let what = match () {
        () if found.is_file() => return Ok(true),
        () if found.is_symlink() => "a link",
        () if found.is_dir() => "a folder",
        () => "a pipe, a socket or a device",
    };
    bail!("{} must not be overwritten: it is {what}, not a file", path.display())
}

/// Checks that a folder of ours is one, or is not there yet: a link would lead somewhere else.
///
/// # Errors
///
/// Returns that something else is there.
pub(super) fn is_folder(path: &Path) -> Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_dir() => bail!("{} must be a folder, not a link or a file", path.display()),
        _ => Ok(()),
    }
}

/// Writes a file, or replaces one and keeps its permissions.
///
/// # Errors
///
/// Returns what could not be written, or that something other than a file is there.
pub(super) fn replace(path: &Path, text: &str) -> Result<()> {
    let old = if is_file(path)? { fs::metadata(path).ok().map(|file| file.permissions()) } else { None };
    let written = aside(path, old, &mut |file| file.write_all(text.as_bytes()));
    let done = written.and_then(|aside| placed(path, aside.persist(path)));
    done.with_context(|| format!("cannot write {}", path.display()))
}

/// Writes a file that is not there yet; returns whether it was not.
///
/// # Errors
///
/// Returns what could not be written.
pub(super) fn create(path: &Path, text: &str) -> Result<bool> {
    if fs::symlink_metadata(path).is_ok() {
        return Ok(false);
    }
    let written = aside(path, None, &mut |file| file.write_all(text.as_bytes()));
    match written.and_then(|aside| placed(path, aside.persist_noclobber(path))) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error).with_context(|| format!("cannot write {}", path.display())),
    }
}

/// Copies a file with its permissions.
///
/// # Errors
///
/// Returns what could not be read or written, or that something other than a file is there.
pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
    is_file(to)?;
    let mut source = File::open(from).with_context(|| format!("cannot read {}", from.display()))?;
    let permissions = source.metadata().with_context(|| format!("cannot read {}", from.display()))?.permissions();
    let written = aside(to, Some(permissions), &mut |file| io::copy(&mut source, file).map(drop));
    let done = written.and_then(|aside| placed(to, aside.persist(to)));
    done.with_context(|| format!("cannot write {}", to.display()))
}

/// Removes a file; that somebody else has removed it is as good.
///
/// # Errors
///
/// Returns why it is still there, or that it is something other than a file.
pub(super) fn remove(path: &Path) -> Result<()> {
    if !is_file(path)? {
        return Ok(());
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes a file beside the place it is for, hidden from those who read the folder; dropped, it is gone.
fn aside(
    path: &Path,
    permissions: Option<Permissions>,
    write: &mut dyn FnMut(&mut File) -> io::Result<()>,
) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(".tailscale-expose-").suffix(".part");
    // As every new file is made: what others may do with it is for the umask to say.
    let create = |path: &Path| File::options().write(true).create_new(true).open(path);
    let mut aside = builder.make_in(folder_of(path), create)?;
    write(aside.as_file_mut())?;
    if let Some(permissions) = permissions {
        aside.as_file().set_permissions(permissions)?;
    }
    aside.as_file().sync_all()?;
    Ok(aside)
}

fn placed(path: &Path, renamed: Result<File, tempfile::PersistError>) -> io::Result<()> {
    renamed?;
    // Not every file system can bring a folder to the disk, and the file is in its place.
    let _ = File::open(folder_of(path)).and_then(|folder| folder.sync_all());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn names(folder: &Path) -> Vec<String> {
        let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().to_string_lossy().into_owned();
        let mut names: Vec<String> = fs::read_dir(folder).unwrap().map(name).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_and_nothing_else_is_left() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("a");
        replace(&path, "1").unwrap();
        replace(&path, "2").unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names(folder.path())), ("2", vec!["a".to_owned()]));
        assert!(!create(&path, "3").unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), "2");
        assert!(create(&folder.path().join("b"), "3").unwrap());
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert_eq!(names(folder.path()), ["b"]);
    }

    #[test]
    fn what_could_not_be_written_leaves_nothing() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("a");
        for left in ["", "old"] {
            let half = &mut |file: &mut File| {
                file.write_all(b"half")?;
                Err(io::Error::from(ErrorKind::StorageFull))
            };
            assert_eq!(aside(&path, None, half).unwrap_err().kind(), ErrorKind::StorageFull);
            assert_eq!(fs::read_to_string(&path).unwrap_or_default(), left);
            fs::write(&path, "old").unwrap();
        }
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_stay() {
        use std::os::unix::fs::PermissionsExt;
        let folder = TempDir::new().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        let (path, plain) = (folder.path().join("a"), folder.path().join("plain"));
        fs::write(&plain, "").unwrap();
        replace(&path, "1").unwrap();
        assert_eq!(mode(&path), mode(&plain), "a new file is as any other");
        for wanted in [0o600, 0o640, 0o666, 0o755] {
            fs::set_permissions(&path, Permissions::from_mode(wanted)).unwrap();
            replace(&path, "2").unwrap();
            assert_eq!(mode(&path), wanted);
            copy(&path, &folder.path().join("copy")).unwrap();
            assert_eq!(mode(&folder.path().join("copy")), wanted);
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_files_are_replaced() {
        let folder = TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("precious"), "mine").unwrap();
        std::os::unix::fs::symlink("precious", at("link")).unwrap();
        std::os::unix::fs::symlink("nowhere", at("loose")).unwrap();
        std::os::unix::fs::symlink("/dev/full", at("device")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(at("socket")).unwrap();
        let before = names(folder.path());
        for (name, what) in [
            ("link", "a link"),
            ("loose", "a link"),
            ("device", "a link"),
            ("folder", "a folder"),
            ("socket", "a pipe, a socket or a device"),
        ] {
            let why = format!("{} must not be overwritten: it is {what}, not a file", at(name).display());
            assert_eq!(replace(&at(name), "x").unwrap_err().to_string(), why);
            assert_eq!(copy(&at("precious"), &at(name)).unwrap_err().to_string(), why);
            assert_eq!(remove(&at(name)).unwrap_err().to_string(), why);
            assert!(!create(&at(name), "x").unwrap(), "{name}");
        }
        assert_eq!((fs::read_to_string(at("precious")).unwrap().as_str(), names(folder.path())), ("mine", before));
        let why = is_file(Path::new("/dev/full")).unwrap_err().to_string();
        assert!(why.ends_with("it is a pipe, a socket or a device, not a file"), "{why}");
    }

    #[test]
    fn many_at_once_never_show_a_part() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("a");
        let texts: Vec<String> = (0..4).map(|number| number.to_string().repeat(100_000)).collect();
        std::thread::scope(|scope| {
            for text in &texts {
                scope.spawn(|| (0..10).for_each(|_| replace(&path, text).unwrap()));
            }
            for _ in 0..200 {
                let read = fs::read_to_string(&path).unwrap_or_else(|_| texts[0].clone());
                assert!(texts.contains(&read), "{} bytes", read.len());
            }
        });
        assert_eq!(names(folder.path()), ["a"]);
    }
}
