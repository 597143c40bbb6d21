package webhook

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"innkeep.internal/shared/core/fault"
)

const (
	maxURL   = 2048
	maxHost  = 253 // of a name in the DNS
	maxLabel = 63

	portHTTPS   = 443
	minHighPort = 1024
)

var (
	// ErrURL means that a text is no address that a message can be sent to.
	ErrURL = fault.New(fault.Invalid, "bad_webhook_url", "the address must be an absolute https URL of a public host, without user and fragment, at port 443 or one from 1024 on")
	// ErrAddress means that a host is, or leads to, an address that is not a public one.
	ErrAddress = fault.New(fault.Invalid, "webhook_address_not_public", "the host does not lead to a public address")
)

// ParseURL judges an address as it is written: nil, ErrURL or ErrAddress. What its host leads to is
// judged when it is dialled.
//
// The port is 443 or one from 1024 on: receivers often stand at 8443 and the like, and the ports
// below are those of mail, names and shells, which nobody takes events at. local also lets http and
// this machine pass, at any port.
func ParseURL(text string, local bool) (*url.URL, error) {
	if len(text) > maxURL || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }) {
		return nil, ErrURL
	}
	u, err := url.Parse(text)
	if err != nil || u.Opaque != "" || u.User != nil || strings.Contains(text, "#") {
		return nil, ErrURL
	}
	if u.Scheme != "https" && (!local || u.Scheme != "http") {
		return nil, ErrURL
	}
	if err := checkPort(u, local); err != nil {
		return nil, err
	}
	return u, checkHost(u.Hostname(), local)
}

func checkPort(u *url.URL, local bool) error {
	text := u.Port()
	if text == "" {
		if strings.HasSuffix(u.Host, ":") {
			return ErrURL
		}
		return nil
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || port == 0 || !local && port != portHTTPS && port < minHighPort {
		return ErrURL
	}
	return nil
}

func checkHost(host string, local bool) error {
	if ip, err := netip.ParseAddr(host); err == nil {
		return CheckIP(ip, local)
	}
	if local && host == "localhost" {
		return nil
	}
	labels := strings.Split(strings.ToLower(host), ".")
	if len(host) > maxHost || slices.ContainsFunc(labels, badLabel) {
		return ErrURL
	}
	top := labels[len(labels)-1]
	if strings.Trim(top, "0123456789") == "" || strings.HasPrefix(top, "0x") {
		return ErrURL // 0x7f.1, 127.1 and 2130706433 are addresses to some resolvers
	}
	if len(labels) < 2 || slices.Contains(privateNames, top) || strings.HasSuffix(strings.ToLower(host), ".home.arpa") {
		return ErrAddress
	}
	return nil
}

// privateNames are the top levels that are nobody's in the public DNS: names of one machine, one
// network or one cloud project (metadata.google.internal).
var privateNames = []string{"localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "localdomain", "onion", "invalid", "test"}

// badLabel reports what is no part of a host's name in the public DNS: letters, digits and hyphens.
func badLabel(label string) bool {
	other := func(r rune) bool { return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') }
	return label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' || strings.ContainsFunc(label, other)
}

// CheckIP is nil for a public unicast address, else ErrAddress. local also lets this machine's own
// loopback pass.
func CheckIP(ip netip.Addr, local bool) error {
	if local && ip.IsLoopback() && ip.Zone() == "" {
		return nil
	}
	reserved := func(p netip.Prefix) bool { return p.Contains(ip) }
	switch {
	case !ip.IsValid(), ip.Zone() != "", ip.Is4In6():
	case ip.Is4() && !slices.ContainsFunc(notPublic4, reserved):
		return nil
	case ip.Is6() && global6.Contains(ip) && !slices.ContainsFunc(notPublic6, reserved):
		return nil
	}
	return ErrAddress
}

// notPublic4 is what IANA's registry of special IPv4 addresses has that is not for everybody.
var notPublic4 = prefixes(
	"0.0.0.0/8",       // this network
	"10.0.0.0/8",      // private
	"100.64.0.0/10",   // carriers' NAT
	"127.0.0.0/8",     // loopback
	"169.254.0.0/16",  // link-local: 169.254.169.254 has the cloud's metadata
	"172.16.0.0/12",   // private
	"192.0.0.0/24",    // protocol assignments
	"192.0.2.0/24",    // documentation
	"192.88.99.0/24",  // 6to4 relays
	"192.168.0.0/16",  // private
	"198.18.0.0/15",   // benchmarks
	"198.51.100.0/24", // documentation
	"199.36.153.0/24", // Google's APIs as seen from inside of its cloud
	"203.0.113.0/24",  // documentation
	"224.0.0.0/4",     // multicast
	"240.0.0.0/4",     // reserved, and broadcast
)

// global6 is all of IPv6 that is handed out for use in public. Loopback, unique-local, link-local,
// multicast, IPv4-mapped and NAT64 addresses lie outside of it.
var global6 = netip.MustParsePrefix("2000::/3")

// notPublic6 is what lies in global6 and is not for everybody, or has an IPv4 address hidden in it.
var notPublic6 = prefixes(
	"2001::/23",     // protocol assignments: Teredo, benchmarks, ORCHID
	"2001:db8::/32", // documentation
	"2002::/16",     // 6to4
	"3fff::/20",     // documentation
)

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		out[i] = netip.MustParsePrefix(t)
	}
	return out
}
