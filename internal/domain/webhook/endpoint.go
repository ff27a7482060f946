package webhook

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/yifen-pay/yifen/internal/domain/access"
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/event"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Table is where endpoints lie.
const Table step.Table = "webhook"

// Prefix begins the ids of endpoints.
const Prefix = "whk_"

// State says whether an endpoint gets events.
type State string

// The states.
const (
	On  State = "on"
	Off State = "off"
)

// Why says who switched an endpoint off.
type Why string

// The reasons.
const (
	ByHand  Why = "hand"    // somebody did
	Failing Why = "failing" // nothing was taken for [FailingMax]
	Gone    Why = "gone"    // it answered 410
)

const (
	urlMax       = 500
	eventsMax    = 50
	noteMax      = 200 // characters
	endpointsMax = 20
	secretBytes  = 32
	secretPrefix = "whsec_"
)

// everything is the wish for all events.
const everything = "*"

// Endpoint is an address to which a merchant wants events brought.
type Endpoint struct {
	ID           string
	Bucket       id.Bucket
	Merchant     string
	URL          string
	Events       string // names with spaces between, or "*"
	Note         string
	State        State
	Why          Why    // it is off; "" while it is on
	Secret       []byte // sealed
	OldSecret    []byte // sealed: signs too until OldUntil
	OldUntil     calendar.Instant
	FailingSince calendar.Instant // of the first failure after the last success; zero for none
	CreatedBy    string
	CreatedAt    calendar.Instant
	UpdatedAt    calendar.Instant
}

// Key returns the row's key.
func (e Endpoint) Key() step.Key { return step.Key{Table: Table, Bucket: e.Bucket, ID: e.ID} }

// Wants tells whether an event is meant for the endpoint: it is its merchant's, may be seen, was asked for, and happened since the
// endpoint was made.
func (e Endpoint) Wants(ev event.Event) bool {
	return ev.Merchant == e.Merchant && ev.At >= e.CreatedAt && told(ev.Kind) && e.asksFor(ev.Kind)
}

// told tells whether a merchant's owner may see events of a kind.
func told(kind string) bool {
	return access.Granted(access.Merchant, access.Owner).Has(access.Sees(kind))
}

func (e Endpoint) asksFor(kind string) bool {
	noun, _, _ := strings.Cut(kind, ".")
	for name := range strings.FieldsSeq(e.Events) {
		if name == everything || name == kind || name == noun+".*" {
			return true
		}
	}
	return false
}

// CountTable is where the numbers of merchants' endpoints lie.
const CountTable step.Table = "webhook_count"

// Count is how many endpoints a merchant has, so that their number is bounded.
type Count struct {
	Merchant  string
	Bucket    id.Bucket
	Endpoints int64
}

// Key returns the row's key.
func (c Count) Key() step.Key { return step.Key{Table: CountTable, Bucket: c.Bucket, ID: c.Merchant} }

// Order is what somebody asks of an endpoint.
type Order struct {
	URL    string
	Events []string
	Note   string
}

var eventForm = regexp.MustCompile(`^[a-z_]{1,30}\.([a-z_]{1,30}|\*)$`)

// check returns what is wrong with an order. Loopback lets addresses on this machine be named, by http too.
func (o *Order) check(loopback bool) error {
	o.Note = strings.TrimSpace(o.Note)
	if utf8.RuneCountInString(o.Note) > noteMax || !utf8.ValidString(o.Note) || strings.ContainsFunc(o.Note, func(r rune) bool { return r < ' ' }) {
		return ErrNote
	}
	if err := checkURL(o.URL, loopback); err != nil {
		return err
	}
	if len(o.Events) == 0 || len(o.Events) > eventsMax {
		return ErrEvents
	}
	for _, name := range o.Events {
		if name != everything && (!eventForm.MatchString(name) || !told(name)) {
			return ErrEvents.With("%q is no event that a webhook gets: give \"*\", or names such as \"sale.approved\" and \"refund.*\"", name)
		}
	}
	slices.Sort(o.Events)
	o.Events = slices.Compact(o.Events)
	if slices.Contains(o.Events, everything) {
		o.Events = []string{everything}
	}
	return nil
}

func checkURL(text string, loopback bool) error {
	u, err := url.Parse(text)
	if err != nil || len(text) > urlMax || u.User != nil || u.Fragment != "" || u.Opaque != "" || u.Hostname() == "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return ErrAddress
	}
	address, err := netip.ParseAddr(u.Hostname())
	here := err == nil && address.Unmap().IsLoopback() || strings.EqualFold(u.Hostname(), "localhost")
	switch {
	case here && loopback && (u.Scheme == "http" || u.Scheme == "https"):
		return nil
	case here, u.Scheme != "https", err == nil && !Public(address):
		return ErrAddress
	}
	return nil
}

// closed are networks to which nothing is sent, beside those that [netip.Addr] knows: an address there is of this machine, of our own
// network or of no machine, and a request from us must not reach it (IANA special-purpose address registries, RFC 6890).
var closed = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("3fff::/20"), netip.MustParsePrefix("fec0::/10"),
}

// Public tells whether an address is one of the open Internet.
func Public(address netip.Addr) bool {
	address = address.Unmap()
	if !address.IsGlobalUnicast() || address.IsPrivate() || address.IsLoopback() || address.Zone() != "" {
		return false
	}
	return !slices.ContainsFunc(closed, func(p netip.Prefix) bool { return p.Contains(address) })
}
