//! Endpoints: what leads a Service to an address that no Pod has.
//!
//! An EndpointSlice has no `spec`, and its ports are those that the Service leads to.

use super::manifest::{Fields, Scalar, ServicePort, put};
use crate::yaml::Packer;

/// What an EndpointSlice has, of one address.
#[derive(Debug)]
pub(super) struct EndpointSlice {
    pub(super) address_type: &'static str,
    pub(super) address: Scalar,
    pub(super) ports: Vec<EndpointPort>,
}

impl Fields for EndpointSlice {
    fn put(&self, out: &mut Packer) {
        let Self { address_type, address, ports } = self;
        out.key("addressType").text(address_type);
        let endpoint = |out: &mut Packer| {
            out.key("addresses").list(|out| address.put(out));
            out.key("conditions").map(|out| out.key("ready").flag(true));
        };
        out.key("endpoints").list(|out| out.map(endpoint));
        out.key("ports").list(|out| ports.iter().for_each(|port| out.map(|out| port.put(out))));
    }

    fn is_spec(&self) -> bool {
        false
    }
}

/// A port of an EndpointSlice.
#[derive(Debug)]
pub(super) struct EndpointPort {
    name: Option<Scalar>,
    app_protocol: Option<Scalar>,
    protocol: Option<Scalar>,
    port: Scalar,
}

impl EndpointPort {
    /// Makes the port that one of a Service leads to.
    pub(super) fn of(port: &ServicePort) -> Self {
        let ServicePort { name, app_protocol, protocol, port, target_port } = port;
        let [name, app_protocol, protocol] = [name, app_protocol, protocol].map(Clone::clone);
        Self { name, app_protocol, protocol, port: target_port.as_ref().unwrap_or(port).clone() }
    }

    fn put(&self, out: &mut Packer) {
        let Self { name, app_protocol, protocol, port } = self;
        put("name", name.as_ref(), out);
        put("appProtocol", app_protocol.as_ref(), out);
        put("protocol", protocol.as_ref(), out);
        port.put(out.key("port"));
    }
}
