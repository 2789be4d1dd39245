//! What the user writes: stubs and profiles of `tailscale-expose.dev/v1alpha1`.
//!
//! Each type is declared once, with `fields!` or `words!`; its decoder, its serialisation, its JSON
//! Schema and its documentation come from that declaration. Decoding reports every fault it meets
//! and leaves the rest sound. What the values mean together is `expand`'s business.

#[macro_use]
mod declare;
mod by_hand;
mod decode;
mod groups;
mod hints;
mod host;
mod instead;
mod metadata;
mod operator_keys;
mod outcome;
mod placeholder;
mod port;
mod profile;
mod qualified;
#[cfg(feature = "docs")]
mod schema;
mod setting;
mod shape;
mod switch;
mod target;
mod template;
mod text;
mod v1alpha1;
mod values;
mod words;

pub use decode::{Decode, Decoder};
pub use groups::{ApiServer, Connector, ProxyGroup};
pub use hints::nearest;
pub use host::{Host, HostAddress};
pub use operator_keys::field_of;
pub use outcome::becomes;
pub use placeholder::{Literal, Literals, Templated, has_placeholder};
pub use port::{PortMap, PortRef, PortSpec, Protocol};
pub use profile::{FieldShape, Gitops, Known, KnownProxyGroup, Level, Operator, Profile, ProfileSpec, profile_shape};
pub use qualified::Qualified;
#[cfg(feature = "docs")]
pub use schema::{field_tables, json_schema};
pub use setting::{Entries, Entry, List, Setting, Spanned, SpannedText, TextMap};
pub use switch::{Flag, Switch};
pub use target::{PathMap, Target};
pub use template::{Fault, Function, Kind, Part, Place, Template};
pub use v1alpha1::{
    Annotate, Common, Defaults, DefaultsOf, Egress, EveryEntry, Homepage, Ingress, LoadBalancer, Outside, Spec, Stub,
};
pub use values::{Fqdn, FreeText, IpAddress, Replicas};
pub use words::{
    AcmeAccount, FamilyPolicy, IpFamily, Mode, ProxyGroupType, ServiceType, SessionAffinity, TrafficPolicy,
};

/// A text about the language itself: for schemas, tables and editors. Where none of those is compiled it is
/// empty, so that a module does not carry what it cannot show.
const fn doc(text: &'static str) -> &'static str {
    if cfg!(feature = "docs") { text } else { "" }
}

/// The API group of stubs and profiles.
pub const GROUP: &str = "tailscale-expose.dev";
/// The API version of stubs and profiles.
pub const API_VERSION: &str = "tailscale-expose.dev/v1alpha1";
/// The kind of a stub.
pub const STUB: &str = "TailscaleExpose";
/// The kind of a profile.
pub const PROFILE: &str = "TailscaleExposeProfile";
/// The annotation that names the stub an object comes from.
pub const STUB_ANNOTATION: &str = "tailscale-expose.dev/stub";
/// The annotation that records which keys were set on an annotated Service.
pub const ANNOTATED_ANNOTATION: &str = "tailscale-expose.dev/annotated";

/// Returns the fields of a section's entries; none for a section that does not exist.
pub fn section_fields(section: &str) -> impl Iterator<Item = &'static str> {
    let section = Spec::RECORD.fields.iter().find(|field| field.name == section);
    let entry = match section.map(|field| field.shape) {
        Some(shape::Shape::Map { values: shape::Shape::Record(record), .. }) => Some(*record),
        _ => None,
    };
    entry.into_iter().flat_map(shape::Record::names)
}

/// Returns the kind of ours that a word is nearest to, if it is near enough to be meant.
#[must_use]
pub fn nearest_kind(word: &str) -> Option<&'static str> {
    nearest(word, [STUB, PROFILE].into_iter())
}
