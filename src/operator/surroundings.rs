//! What the operator knows beside the object that it reads: its settings, Services and ProxyGroups.
//!
//! Who asks for a reading answers these questions, from a build, a profile or a whole cluster.

use super::Installation;
use crate::krm::Object;

/// What the operator looks up beside an object.
pub trait Surroundings<'s> {
    /// How the operator is set up.
    fn installation(&self) -> &Installation;

    /// Returns the namespace of objects that say none; empty where only the cluster will know it.
    fn namespace(&self) -> &str {
        ""
    }

    /// Returns a Service, if it can be seen.
    fn service(&self, namespace: &str, name: &str) -> Option<Object<'s>>;

    /// Returns the type of a ProxyGroup, if it is known.
    fn group_type(&self, name: &str) -> Option<String>;

    /// Returns the tailnet of a ProxyGroup; empty for the operator's own, and where nothing is known.
    fn group_tailnet(&self, name: &str) -> String;
}
