//! OCI image layouts, made without a daemon: the container image, and a module in the CNCF's format.
//!
//! Nothing in them depends on the machine or the hour: files have no time, archives one order.
//! `skopeo copy oci:dist/image docker://…`, `podman pull oci:dist/image` and `crane push` take them.
//! (<https://github.com/opencontainers/image-spec/blob/main/image-layout.md>,
//! <https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/>)

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use flate2::{Compression, GzBuilder};
use oci_spec::image::{
    Arch, ConfigBuilder, Descriptor, DescriptorBuilder, Digest, ImageConfigurationBuilder, ImageIndexBuilder,
    ImageManifestBuilder, MediaType, OciLayoutBuilder, Os, PlatformBuilder, RootFsBuilder, SCHEMA_VERSION,
    Sha256Digest,
};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::native::{self, Machine};
use super::{Artefact, wasi};
use crate::cache::remove;

/// Where the layout of the container image goes in `dist/`.
pub(crate) const IMAGE: &str = "image";

/// Where the layout of the module goes in `dist/`.
pub(crate) const WASM: &str = "wasm-artefact";

/// The user of the container: nobody, who owns nothing. kustomize asks for it by name.
const PASSWD: &str = "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n";
const GROUP: &str = "nobody:x:65534:\n";

/// What an artefact's configuration says of its time: it is not known, so that two runs are equal.
const EPOCH: &str = "1970-01-01T00:00:00Z";

/// Makes the container image of the static binaries, which were made before.
pub(crate) fn image(out: &Path) -> Result<Vec<Artefact>> {
    let binaries: Vec<(Machine, PathBuf)> = Machine::ALL.map(|machine| (machine, native::placed(out, machine))).into();
    image_of(out, &binaries)
}

/// Makes the image of one binary a machine.
fn image_of(out: &Path, binaries: &[(Machine, PathBuf)]) -> Result<Vec<Artefact>> {
    let mut layout = Layout::create(out.join(IMAGE))?;
    let mut manifests = Vec::new();
    for (machine, path) in binaries {
        let program = fs::read(path).with_context(|| path.display().to_string())?;
        is_static(&program).with_context(|| path.display().to_string())?;
        let descriptor = container(&mut layout, *machine, &program)?;
        manifests.push(descriptor);
    }
    let index = ImageIndexBuilder::default().schema_version(SCHEMA_VERSION).media_type(MediaType::ImageIndex);
    let index = index.manifests(manifests).build()?;
    let index = layout.json(MediaType::ImageIndex, &index)?;
    layout.finish(index)
}

fn architecture(machine: Machine) -> Arch {
    match machine {
        Machine::X86_64 => Arch::Amd64,
        Machine::Aarch64 => Arch::ARM64,
    }
}

/// Makes the image of one machine.
fn container(layout: &mut Layout, machine: Machine, program: &[u8]) -> Result<Descriptor> {
    let files = [("etc/group", GROUP.as_bytes(), 0o644), ("etc/passwd", PASSWD.as_bytes(), 0o644)];
    let archive = archive(&[&files[..], &[("usr/bin/tailscale-expose", program, 0o755)]].concat())?;
    let diff = format!("sha256:{}", hex(&archive));
    let layer = layout.blob(MediaType::ImageLayerGzip, &gzip(&archive)?)?;
    let config = ConfigBuilder::default()
        .user("65534:65534".to_owned())
        .entrypoint(vec!["/usr/bin/tailscale-expose".to_owned()])
        .env(vec!["PATH=/usr/bin".to_owned()])
        .labels(
            [
                ("org.opencontainers.image.title", "tailscale-expose"),
                ("org.opencontainers.image.licenses", env!("CARGO_PKG_LICENSE")),
                ("org.opencontainers.image.version", env!("CARGO_PKG_VERSION")),
            ]
            .map(|(key, value)| (key.to_owned(), value.to_owned())),
        )
        .build()?;
    let image = ImageConfigurationBuilder::default()
        .architecture(architecture(machine))
        .os(Os::Linux)
        .config(config)
        .rootfs(RootFsBuilder::default().typ("layers".to_owned()).diff_ids(vec![diff]).build()?)
        .build()?;
    let config = layout.json(MediaType::ImageConfig, &image)?;
    let mut manifest = layout.manifest(config, layer)?;
    manifest.set_platform(Some(PlatformBuilder::default().architecture(architecture(machine)).os(Os::Linux).build()?));
    Ok(manifest)
}

/// Makes the artefact of the WASI preview 1 command, which was made before.
pub(crate) fn wasm(out: &Path) -> Result<Vec<Artefact>> {
    let module = out.join(wasi::MODULE);
    let bytes = fs::read(&module).with_context(|| module.display().to_string())?;
    // The preamble of a module; a component has another version.
    if !bytes.starts_with(b"\0asm\x01\0\0\0") {
        bail!("{} must be a WebAssembly module", module.display());
    }
    let mut layout = Layout::create(out.join(WASM))?;
    let mut layer = layout.blob(MediaType::Other("application/wasm".to_owned()), &bytes)?;
    let title = module.file_name().unwrap_or_default().to_string_lossy().into_owned();
    layer.set_annotations(Some([("org.opencontainers.image.title".to_owned(), title)].into()));
    let config = json!({
        "created": EPOCH,
        "architecture": "wasm",
        "os": "wasip1",
        "layerDigests": [layer.digest().to_string()],
    });
    let kind = MediaType::Other("application/vnd.wasm.config.v0+json".to_owned());
    let config = layout.json(kind, &config)?;
    let manifest = layout.manifest(config, layer)?;
    layout.finish(manifest)
}

/// A folder of blobs, each under its digest.
struct Layout {
    folder: PathBuf,
    bytes: u64,
}

impl Layout {
    fn create(folder: PathBuf) -> Result<Self> {
        remove(&folder)?;
        fs::create_dir_all(folder.join("blobs/sha256")).with_context(|| folder.display().to_string())?;
        Ok(Self { folder, bytes: 0 })
    }

    /// Adds a blob.
    fn blob(&mut self, kind: MediaType, bytes: &[u8]) -> Result<Descriptor> {
        let digest = hex(bytes);
        fs::write(self.folder.join("blobs/sha256").join(&digest), bytes)?;
        self.bytes += bytes.len() as u64;
        let digest: Digest = digest.parse::<Sha256Digest>()?.into();
        Ok(DescriptorBuilder::default().media_type(kind).digest(digest).size(bytes.len() as u64).build()?)
    }

    /// Adds a document.
    fn json(&mut self, kind: MediaType, document: &impl Serialize) -> Result<Descriptor> {
        self.blob(kind, sorted(document)?.as_bytes())
    }

    /// Adds the manifest of one layer.
    fn manifest(&mut self, config: Descriptor, layer: Descriptor) -> Result<Descriptor> {
        let manifest = ImageManifestBuilder::default()
            .schema_version(SCHEMA_VERSION)
            .media_type(MediaType::ImageManifest)
            .config(config)
            .layers(vec![layer])
            .build()?;
        self.json(MediaType::ImageManifest, &manifest)
    }

    /// Writes what leads to the first blob, under the version as its name.
    fn finish(mut self, mut top: Descriptor) -> Result<Vec<Artefact>> {
        let version = ("org.opencontainers.image.ref.name".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
        top.set_annotations(Some([version].into()));
        let index = ImageIndexBuilder::default().schema_version(SCHEMA_VERSION).media_type(MediaType::ImageIndex);
        let index = sorted(&index.manifests(vec![top]).build()?)?;
        let layout = sorted(&OciLayoutBuilder::default().image_layout_version("1.0.0").build()?)?;
        for (name, text) in [("index.json", index), ("oci-layout", layout)] {
            self.bytes += text.len() as u64;
            fs::write(self.folder.join(name), text)?;
        }
        Ok(vec![Artefact { path: self.folder, bytes: self.bytes }])
    }
}

/// Returns a document with its keys in order: labels and annotations come from maps that have none.
fn sorted(document: &impl Serialize) -> Result<String> {
    let mut value = serde_json::to_value(document)?;
    value.sort_all_objects();
    Ok(value.to_string())
}

/// Returns a tar of files and the folders above them, all root's and of no time.
fn archive(files: &[(&str, &[u8], u32)]) -> Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut folders: Vec<&str> = Vec::new();
    for (path, content, mode) in files {
        for (end, _) in path.match_indices('/') {
            let Some(folder) = path.get(..=end) else { continue };
            if !folders.contains(&folder) {
                folders.push(folder);
                append(&mut archive, folder, tar::EntryType::Directory, &[], 0o755)?;
            }
        }
        append(&mut archive, path, tar::EntryType::Regular, content, *mode)?;
    }
    Ok(archive.into_inner()?)
}

fn append(
    archive: &mut tar::Builder<Vec<u8>>,
    path: &str,
    kind: tar::EntryType,
    content: &[u8],
    mode: u32,
) -> Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(content.len() as u64);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    Ok(archive.append_data(&mut header, path, content)?)
}

/// Returns bytes compressed; the header names no time, file or system.
fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut gzip = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
    std::io::Write::write_all(&mut gzip, bytes)?;
    Ok(gzip.finish()?)
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Refuses a program that would look for a loader, which the image does not have.
fn is_static(program: &[u8]) -> Result<()> {
    const INTERPRETER: u32 = 3;
    let at = |start: usize, length: usize| -> Option<u64> {
        let bytes = program.get(start..start.checked_add(length)?)?;
        Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    };
    if !program.starts_with(b"\x7fELF\x02\x01") {
        bail!("must be a 64-bit ELF program");
    }
    let header = || Some((usize::try_from(at(32, 8)?).ok()?, usize::try_from(at(54, 2)?).ok()?, at(56, 2)?));
    let (first, size, count) = header().context("is cut off")?;
    for number in 0..usize::try_from(count)? {
        if at(first + number * size, 4) == Some(INTERPRETER.into()) {
            bail!("must be linked statically: the image holds no loader");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The least that looks like a program without a loader.
    fn program() -> Vec<u8> {
        let mut bytes = b"\x7fELF\x02\x01".to_vec();
        bytes.resize(64, 0);
        bytes
    }

    fn files_in(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files.extend(files_in(&path));
            } else {
                files.push((path.clone(), fs::read(path).unwrap()));
            }
        }
        files.sort();
        files
    }

    #[test]
    fn an_image_has_every_machine_and_each_blob_its_digest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        fs::write(&path, program()).unwrap();
        image_of(folder.path(), &[(Machine::X86_64, path.clone()), (Machine::Aarch64, path)]).unwrap();
        let layout = folder.path().join(IMAGE);
        for (path, content) in files_in(&layout.join("blobs/sha256")) {
            assert_eq!(path.file_name().unwrap().to_string_lossy(), hex(&content));
        }
        let read = |path: PathBuf| -> serde_json::Value { serde_json::from_slice(&fs::read(path).unwrap()).unwrap() };
        let top = read(layout.join("index.json"));
        assert_eq!(top["manifests"][0]["annotations"]["org.opencontainers.image.ref.name"], env!("CARGO_PKG_VERSION"));
        let digest = top["manifests"][0]["digest"].as_str().unwrap().replace("sha256:", "blobs/sha256/");
        let index = read(layout.join(digest));
        let machines: Vec<_> =
            index["manifests"].as_array().unwrap().iter().map(|m| m["platform"]["architecture"].clone()).collect();
        assert_eq!(machines, ["amd64", "arm64"]);
    }

    #[test]
    fn two_runs_give_the_same_bytes() {
        let run = || {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("program");
            fs::write(&path, program()).unwrap();
            image_of(folder.path(), &[(Machine::X86_64, path)]).unwrap();
            let text = |(path, content): (PathBuf, Vec<u8>)| {
                (path.strip_prefix(folder.path()).unwrap().to_owned(), String::from_utf8_lossy(&content).into_owned())
            };
            files_in(folder.path()).into_iter().map(text).collect::<Vec<_>>()
        };
        assert_eq!(run(), run());
    }

    #[test]
    fn a_program_with_a_loader_is_refused() {
        // This test's own program has one, on every system that we build on.
        let own = fs::read(std::env::current_exe().unwrap()).unwrap();
        let why = is_static(&own).unwrap_err().to_string();
        assert_eq!(why, "must be linked statically: the image holds no loader");
        assert!(is_static(&program()).is_ok());
    }
}
