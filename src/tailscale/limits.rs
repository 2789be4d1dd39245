//! How long names of the operator's objects may be, and which it has itself.
//!
//! The same in all versions from 1.96 to 1.104, but for the operator's own name, which its chart can change.

/// The longest name of a ProxyGroup of type `ingress`: its volumes are called after it (`proxygroup_specs.go`).
pub const INGRESS_GROUP_NAME: usize = 48;
/// The longest name of a ProxyGroup of type `egress`: its volumes are called after it (`proxygroup_specs.go`).
pub const EGRESS_GROUP_NAME: usize = 49;
/// The longest name of a ProxyGroup of type `kube-apiserver`: its StatefulSet labels Pods with it
/// (`proxygroup_specs.go` pgStatefulSet).
pub const API_GROUP_NAME: usize = 52;
/// The longest DNS label, and the longest value of a label.
pub const LABEL: usize = 63;

/// The ServiceAccount of the API server proxy (`api-server-proxy-pg.go`); the chart never renames it.
pub const AUTH_PROXY: &str = "kube-apiserver-auth-proxy";
/// How the operator's objects are called where the chart renames nothing (`fullnameOverride`).
pub const OPERATOR: &str = "operator";
/// The operator's own tailnet name where nobody says another (`OPERATOR_HOSTNAME`).
pub const OPERATOR_HOSTNAME: &str = "tailscale-operator";

/// Returns whether the operator has objects of a name that a ProxyGroup would use, too (`proxygroup.go` validate,
/// chart `templates`). `operator` is what it is called itself.
#[must_use]
pub fn is_reserved(name: &str, operator: &str) -> bool {
    name == operator || name == "proxies" || name == "nameserver"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operators_own_name_is_reserved_with_it() {
        for (name, operator, want) in [
            ("operator", OPERATOR, true),
            ("operator", "ts", false),
            ("ts", "ts", true),
            ("proxies", "ts", true),
            ("nameserver", OPERATOR, true),
            ("web", OPERATOR, false),
        ] {
            assert_eq!(is_reserved(name, operator), want, "{name} beside {operator}");
        }
    }
}
