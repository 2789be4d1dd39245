//! Routes: networks that a device of the tailnet leads to.
//!
//! `connector.go` validateRoutes, `net/netutil` ValidateViaPrefix and CalcAdvertiseRoutes. Whether the
//! tailnet's policy approves a route is not known here.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const FORM: &str = "must be a network such as \"10.0.0.0/8\" or \"fd00::/8\"";

/// A network by its first address and its length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route(Box<str>);

impl Route {
    /// Parses a route.
    ///
    /// # Errors
    ///
    /// Returns what the route must be.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (address, length) = parts(text)?;
        let first = masked(address, length);
        if first != address {
            return Err(format!(
                "must begin at the first address of its network: the one of {length} bits around {address} is {first}/{length}"
            ));
        }
        is_via_sound(address, length)?;
        Ok(Self(text.into()))
    }

    /// Checks a part of a route whose other parts are not known yet.
    ///
    /// # Errors
    ///
    /// Returns what the route must be.
    pub fn check_part(part: &str) -> Result<(), String> {
        let is_allowed = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ':' | '/');
        if part.chars().all(is_allowed) { Ok(()) } else { Err(FORM.to_owned()) }
    }

    /// Returns the route as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the route that a text comes nearest to: a single address, or the network around one.
#[must_use]
pub fn suggest_route(text: &str) -> Option<String> {
    let text = text.trim_ascii();
    let route = match text.parse::<IpAddr>() {
        Ok(address) => format!("{address}/{}", bits(address)),
        Err(_) => {
            let (address, length) = parts(text).ok()?;
            format!("{}/{length}", masked(address, length))
        }
    };
    Route::parse(&route).is_ok().then_some(route)
}

/// Returns the number of the route to every address of one family where that of the other family is missing,
/// and the one that is missing: the operator makes nothing of one alone.
#[must_use]
pub fn half_of_all<'r>(routes: impl Iterator<Item = &'r str>) -> Option<(usize, &'static str)> {
    let mut all: [Option<usize>; 2] = [None, None];
    for (number, route) in routes.enumerate() {
        match parts(route) {
            Ok((IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0)) => all[0] = Some(number),
            Ok((IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0)) => all[1] = Some(number),
            _ => {}
        }
    }
    match all {
        [Some(number), None] => Some((number, "::/0")),
        [None, Some(number)] => Some((number, "0.0.0.0/0")),
        _ => None,
    }
}

fn bits(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn parts(text: &str) -> Result<(IpAddr, u32), String> {
    let Some((address, length)) = text.split_once('/') else {
        return Err(match text.parse::<IpAddr>() {
            Ok(_) => "must say how long the network is, as in \"10.0.0.0/8\"".to_owned(),
            Err(_) => FORM.to_owned(),
        });
    };
    let address: IpAddr = address.parse().map_err(|_| FORM.to_owned())?;
    // `+8` and `08` are numbers to Rust and none to Go.
    let number = length.parse::<u32>().ok().filter(|number| number.to_string() == length);
    let most = bits(address);
    let number = number.filter(|number| *number <= most);
    number.map(|number| (address, number)).ok_or_else(|| format!("must have a length from 0 to {most}, has {length:?}"))
}

fn masked(address: IpAddr, length: u32) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(length)).unwrap_or_default();
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(length)).unwrap_or_default();
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

/// Checks a route into an IPv4 network of another site (4via6): it tells at least its site, whose number is no
/// more than two bytes long.
fn is_via_sound(address: IpAddr, length: u32) -> Result<(), String> {
    let IpAddr::V6(address) = address else { return Ok(()) };
    let [0xfd7a, 0x115c, 0xa1e0, 0xb1a, site, ..] = address.segments() else { return Ok(()) };
    if length < 96 {
        return Err(format!("must be at least 96 bits long, has {length}: a 4via6 route tells its site"));
    }
    if site == 0 { Ok(()) } else { Err("must be of a site from 0 to 65535, as 4via6 has them".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_a_network_without_host_bits() {
        for (text, want, nearest) in [
            ("10.0.0.0/8", "", "10.0.0.0/8"),
            ("10.0.0.1/32", "", "10.0.0.1/32"),
            ("0.0.0.0/0", "", "0.0.0.0/0"),
            ("::/0", "", "::/0"),
            ("FD00::/8", "", "fd00::/8"),
            ("fd7a:115c:a1e0:b1a:0:7:a00:0/104", "", "fd7a:115c:a1e0:b1a:0:7:a00:0/104"),
            (
                "10.0.0.1/8",
                "must begin at the first address of its network: the one of 8 bits around 10.0.0.1 is 10.0.0.0/8",
                "10.0.0.0/8",
            ),
            ("10.0.0.7", "must say how long the network is, as in \"10.0.0.0/8\"", "10.0.0.7/32"),
            ("fd00::1", "must say how long the network is, as in \"10.0.0.0/8\"", "fd00::1/128"),
            ("10.0.0.0/33", "must have a length from 0 to 32, has \"33\"", ""),
            ("10.0.0.0/08", "must have a length from 0 to 32, has \"08\"", ""),
            ("10.0.0/24", FORM, ""),
            ("lan", FORM, ""),
            ("", FORM, ""),
            ("fe80::1%eth0/64", FORM, ""),
            (
                "fd7a:115c:a1e0:b1a:0:7::/80",
                "must begin at the first address of its network: the one of 80 bits around fd7a:115c:a1e0:b1a:0:7:: is fd7a:115c:a1e0:b1a::/80",
                "",
            ),
            ("fd7a:115c:a1e0:b1a::/80", "must be at least 96 bits long, has 80: a 4via6 route tells its site", ""),
            ("fd7a:115c:a1e0:b1a:1:7:a00:0/104", "must be of a site from 0 to 65535, as 4via6 has them", ""),
        ] {
            assert_eq!(Route::parse(text).err().unwrap_or_default(), want, "{text:?}");
            assert_eq!(suggest_route(text).unwrap_or_default(), nearest, "{text:?}");
        }
    }

    #[test]
    fn all_addresses_are_those_of_both_families() {
        for (routes, want) in [
            (&["10.0.0.0/8"][..], None),
            (&["10.0.0.0/8", "0.0.0.0/0"], Some((1, "::/0"))),
            (&["::/0"], Some((0, "0.0.0.0/0"))),
            (&["0::/0", "0.0.0.0/0"], None),
        ] {
            assert_eq!(half_of_all(routes.iter().copied()), want, "{routes:?}");
        }
    }
}
