//! Operator versions and the first one that has a feature.

use std::fmt;

/// A version of the operator, `major.minor`; patches do not matter to what it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The major version.
    pub major: u32,
    /// The minor version.
    pub minor: u32,
}

impl Version {
    /// Parses `1.102`, `1.102.3` or `v1.102.3`.
    ///
    /// # Errors
    ///
    /// Returns what a version must be.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.strip_prefix('v').unwrap_or(text).split('.').map(str::parse);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Ok(major)), Some(Ok(minor)), None | Some(Ok(_)), None) => Ok(Self { major, minor }),
            _ => Err("must be a version such as \"1.102.3\"".into()),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// What came with a version of the operator (release tags that first contain the code).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// ProxyGroup egress.
    EgressProxyGroup,
    /// Ingresses and Services on a ProxyGroup, and `http-endpoint`.
    IngressProxyGroup,
    /// ProxyGroup `kube-apiserver`.
    KubeApiServer,
    /// `http-redirect`.
    HttpRedirect,
    /// `spec.tailnet` of a ProxyGroup.
    Tailnet,
}

impl Feature {
    /// Returns the first version that has it.
    #[must_use]
    pub const fn since(self) -> Version {
        let minor = match self {
            Self::EgressProxyGroup => 76,
            Self::IngressProxyGroup => 84,
            Self::KubeApiServer => 86,
            Self::HttpRedirect => 94,
            Self::Tailnet => 96,
        };
        Version { major: 1, minor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        assert!(Version::parse("v1.102.3").unwrap() > Version::parse("1.94").unwrap());
        assert!(Version::parse("1").is_err() && Version::parse("latest").is_err());
    }
}
