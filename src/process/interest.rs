//! What of a question or a list is read as trees: what somebody here asks about, and nothing else.

use crate::api::{PROFILE, STUB};
use crate::expand::ASKED;
use crate::krm::wire::Interest;

/// Stubs, profiles, and lists that may hold them; where there are any, what expansion asks about; and whatever bears
/// a mark of ours, or is misspelled as ours.
pub(super) const INTEREST: Interest<'_> =
    Interest { first: &["List", STUB, PROFILE], then: &[ASKED], mark: "tailscale-expose.dev/" };
