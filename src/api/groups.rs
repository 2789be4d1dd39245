//! Entries of v1alpha1 that make several proxies: ProxyGroups and Connectors.
//!
//! They share no fields with the entries that expose one thing, and no defaults of their section.

use super::Templated;
use super::setting::{List, TextMap};
use super::switch::Switch;
use super::values::Replicas;
use super::words::{AcmeAccount, Mode, ProxyGroupType};
use crate::tailscale::{Hostname, Label, Name, Route, Selector, Tag};

fields! {
    /// A ProxyGroup of type `kube-apiserver`: the Kubernetes API under the entry's name.
    pub struct ApiServer {
        /// Whether tailnet identities become Kubernetes users. Default: the operator's, `auth`.
        @mode "mode": Templated<Mode>;
        /// How many proxies. Default: the operator's, 2.
        @replicas "replicas": Templated<Replicas>;
        /// The name on the tailnet. Default: the object's name.
        @hostname "hostname": Templated<Hostname>;
        /// The proxies' own names, before `-0`, `-1` and so on. Default: the object's name, between the
        /// defaults' `hostnamePrefix` and `hostnameSuffix`.
        @hostname_prefix "hostnamePrefix": Templated<Hostname>;
        /// The object's name. Default: the entry's key.
        @name "name": Templated<Label>;
        /// The tags of the proxies and of the Tailscale Service. Default: the operator's.
        @tags "tags": List<Templated<Tag>>;
        /// The ProxyClass of the proxies.
        @proxy_class "proxyClass": Templated<Name>;
        /// The Tailnet object of another tailnet.
        @tailnet "tailnet": Templated<Name>;
        /// Labels of the object.
        @labels "labels": TextMap;
        /// More annotations of the object, for other tools.
        @annotations "annotations": TextMap;
        /// Who may reach it: selectors of the tailnet policy.
        @access "access": List<Templated<Selector>>;
    }
}

fields! {
    /// A ProxyGroup of type `ingress` or `egress`: proxies that other objects share.
    pub struct ProxyGroup {
        /// What it serves.
        @kind "type": Templated<ProxyGroupType>;
        /// Whether its proxies share one ACME account with other ProxyGroups, which Let's Encrypt then limits less.
        /// On type `ingress` only. Default: the operator's, `own`.
        @acme_account "acmeAccount": Templated<AcmeAccount>;
        /// How many proxies. Default: the operator's, 2.
        @replicas "replicas": Templated<Replicas>;
        /// The proxies' own names, before `-0`, `-1` and so on. Default: the object's name, between the
        /// defaults' `hostnamePrefix` and `hostnameSuffix`.
        @hostname_prefix "hostnamePrefix": Templated<Hostname>;
        /// The object's name. Default: the entry's key.
        @name "name": Templated<Label>;
        /// The tags of the proxies. Default: the operator's.
        @tags "tags": List<Templated<Tag>>;
        /// The ProxyClass of the proxies.
        @proxy_class "proxyClass": Templated<Name>;
        /// The Tailnet object of another tailnet.
        @tailnet "tailnet": Templated<Name>;
        /// Labels of the object.
        @labels "labels": TextMap;
        /// More annotations of the object, for other tools.
        @annotations "annotations": TextMap;
        /// Who may reach what it serves: selectors of the tailnet policy.
        @access "access": List<Templated<Selector>>;
    }
}

fields! {
    /// A Connector: proxies that lead the tailnet to other networks. It has `routes` (a subnet router),
    /// `exitNode`, both, or `appConnector`.
    pub struct Connector {
        /// The networks it leads to. An app connector finds more by the domains of its apps, and needs none.
        @routes "routes": List<Templated<Route>>;
        /// Leads to the internet: devices may choose it as their exit node.
        @exit_node "exitNode": Switch;
        /// Leads to the apps that the tailnet's policy names. Alone, or with `routes`; never a placeholder.
        @app_connector "appConnector": Switch;
        /// How many proxies. Default: the operator's, 1.
        @replicas "replicas": Templated<Replicas>;
        /// The name on the tailnet of its one proxy. Default: the object's name and `-connector`. What the
        /// defaults' `hostnamePrefix` and `hostnameSuffix` say is around either.
        @hostname "hostname": Templated<Hostname>;
        /// The proxies' own names, before `-0`, `-1` and so on; excludes `hostname`. Default where `replicas` is
        /// not 1: the default of `hostname`, because the operator would call all of them so.
        @hostname_prefix "hostnamePrefix": Templated<Hostname>;
        /// The object's name. Default: the entry's key.
        @name "name": Templated<Label>;
        /// The tags of the proxies. Default: the operator's.
        @tags "tags": List<Templated<Tag>>;
        /// The ProxyClass of the proxies. Default: none; that of `defaults` and the operator's do not reach it.
        @proxy_class "proxyClass": Templated<Name>;
        /// The Tailnet object of another tailnet.
        @tailnet "tailnet": Templated<Name>;
        /// Labels of the object.
        @labels "labels": TextMap;
        /// More annotations of the object, for other tools.
        @annotations "annotations": TextMap;
        /// Who may use it: selectors of the tailnet policy.
        @access "access": List<Templated<Selector>>;
    }
}
