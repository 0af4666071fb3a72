// SPDX-License-Identifier: GPL-2.0-or-later
//! Decides which addresses are public: those that the internet routes to a host. All others belong to
//! this machine, to the user's own network, or to no host at all, and a stranger may not lead there.
//!
//! The ranges are from IANA's registries of special-purpose addresses. An IPv6 address that carries an
//! IPv4 address to a translator or relay (mapped, NAT64, 6to4, Teredo) is as public as the IPv4
//! address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 networks that are not public, with the lengths of their prefixes.
const CLOSED_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast, then the reserved addresses, including broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Whether the internet routes to this address.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let is_within = |&(network, bits): &(Ipv4Addr, u32)| {
        (address.to_bits() ^ network.to_bits()) >> (32 - bits) == 0
    };
    !CLOSED_V4.iter().any(is_within)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    // The embedded IPv4 address, which is followed by this many bits.
    let v4_before = |behind: u32| Ipv4Addr::from_bits((bits >> behind) as u32);
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, ..] => is_public_v4(v4_before(0)),
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => is_public_v4(v4_before(0)),
        [0x2002, ..] => is_public_v4(v4_before(80)),
        // The server of a Teredo address, and its client with all bits inverted.
        [0x2001, 0, ..] => {
            is_public_v4(v4_before(64)) && is_public_v4(Ipv4Addr::from_bits(!(bits as u32)))
        }
        // The rest of the addresses for protocols, and for documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        // Of all others, only 2000::/3 is assigned to hosts of the internet: not ::1 and other
        // compatible addresses, nor 64:ff9b:1::/48 of a network's own translator, fc00::/7, fe80::/10,
        // fec0::/10 and ff00::/8.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// The last parts of names that do not exist on the internet.
const CLOSED_NAMES: [&str; 7] = [
    "localhost",
    "localdomain",
    "local",
    "internal",
    "lan",
    "intranet",
    "home.arpa",
];

/// Whether a host, by its name alone, is on this machine or in the user's own network.
///
/// This is used if another program, a proxy, resolves names.
pub(super) fn is_inside_name(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
        return !is_public(address);
    }
    // A last part that begins with a digit is an address in one of its odd forms, such as `127.1`; a
    // name without a dot belongs to the local network.
    let last = host.rsplit('.').next().unwrap_or(&host);
    let is_number = last.starts_with(|c: char| c.is_ascii_digit());
    let is_closed = |name: &&str| {
        host.strip_suffix(*name)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    is_number || !host.contains('.') || CLOSED_NAMES.iter().any(is_closed)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_every_special_range_are_not_public() {
        for text in [
            "0.0.0.0",
            "0.1.2.3",
            "10.255.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.255.255",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::8.8.8.8",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:0:127.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::8.8.8.8",
            "64:ff9b:1:a00::1",
            "100::1",
            "2001::1",
            "2001:0:a00:1::f7f7:f7f7",
            "2001:0:808:808::80ff:fffe",
            "2001:2::1",
            "2001:10::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "2002:c0a8:101::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "ff0e::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
            let host = if text.contains(':') {
                format!("[{text}]")
            } else {
                text.to_owned()
            };
            assert!(is_inside_name(&host), "{host}");
        }
    }

    #[test]
    fn addresses_beside_the_special_ranges_are_public() {
        for text in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2001:0:808:808::f7f7:f7f7",
            "2001:4860:4860::8888",
            "2002:808:808::1",
            "2606:4700::1111",
            "2a00:1450::1",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn names_of_the_network_at_hand_are_known_by_their_ends() {
        for host in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "localhost.localdomain",
            "router",
            "router.lan",
            "nas.home.arpa",
            "home.arpa",
            "printer.local",
            "metadata.google.internal",
            "wiki.intranet",
            "127.1",
            "0x7f000001",
            "2130706433",
            "017700000001",
            "10.0x1",
        ] {
            assert!(is_inside_name(host), "{host}");
        }
        for host in [
            "lists.example.org",
            "example.com.",
            "notlan",
            "a.notlan",
            "1.example.org",
            "8.8.8.8",
        ] {
            assert_eq!(is_inside_name(host), host == "notlan", "{host}");
        }
    }
}
