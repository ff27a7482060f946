package qr

import (
	"errors"
	"fmt"
	"strings"
)

// Route says which wallet issued a payment code: by the number that its first two digits make, and its
// length in digits. Bounds belong to the range.
type Route struct {
	Wallet      string `json:"wallet"`
	PrefixFirst int    `json:"prefix_first"`
	PrefixLast  int    `json:"prefix_last"`
	LengthMin   int    `json:"length_min"`
	LengthMax   int    `json:"length_max"`
}

// Routes is a table of routes. Wallets change their prefixes, so it is data that a setting replaces.
type Routes []Route

// DefaultRoutes returns the routes of the wallets in common use. A card number of UnionPay looks like a
// payment code of UnionPay: an input must know which of the two it asked for.
func DefaultRoutes() Routes {
	return Routes{
		{"wechat", 10, 15, 18, 18},
		{"alipay", 25, 30, 16, 24},
		{"unionpay", 62, 62, 19, 19},
	}
}

// ErrRoutes reports a table in which a code could belong to two wallets, or a route that no code fits.
var ErrRoutes = errors.New("qr: routes overlap or are empty; give each prefix of 00 to 99 and length to one wallet")

// Check reports [ErrRoutes] for a table that is not sound.
func (r Routes) Check() error {
	for i, a := range r {
		if a.Wallet == "" || a.PrefixFirst < 0 || a.PrefixLast > 99 || a.PrefixFirst > a.PrefixLast || a.LengthMin < 2 || a.LengthMin > a.LengthMax {
			return fmt.Errorf("route %d: %w", i+1, ErrRoutes)
		}
		for j, b := range r[:i] {
			if a.PrefixFirst <= b.PrefixLast && b.PrefixFirst <= a.PrefixLast && a.LengthMin <= b.LengthMax && b.LengthMin <= a.LengthMax {
				return fmt.Errorf("routes %d and %d: %w", j+1, i+1, ErrRoutes)
			}
		}
	}
	return nil
}

// Find returns the route of a payment code, and whether it has one. The code is digits only.
func (r Routes) Find(code string) (Route, bool) {
	if len(code) < 2 || !digits(code) {
		return Route{}, false
	}
	prefix := int(code[0]-'0')*10 + int(code[1]-'0')
	for _, route := range r {
		if prefix >= route.PrefixFirst && prefix <= route.PrefixLast && len(code) >= route.LengthMin && len(code) <= route.LengthMax {
			return route, true
		}
	}
	return Route{}, false
}

// DomesticURL is what the code of a UnionPay merchant in China holds.
type DomesticURL struct {
	Institution string // eight digits
	Order       string // 26 to 32 letters or digits
}

const domesticPrefix = "https://qr.95516.com/"

// ErrDomesticURL reports an address that is not of the form of a UnionPay merchant's code.
var ErrDomesticURL = errors.New("qr: not " + domesticPrefix + "<8 digits>/<26 to 32 letters or digits>")

// ParseDomesticURL reads the address in a UnionPay merchant's code.
func ParseDomesticURL(text string) (DomesticURL, error) {
	rest, ok := strings.CutPrefix(text, domesticPrefix)
	institution, order, _ := strings.Cut(rest, "/")
	u := DomesticURL{institution, order}
	if !ok || !u.valid() {
		return DomesticURL{}, ErrDomesticURL
	}
	return u, nil
}

func (u DomesticURL) valid() bool {
	alphanumeric := strings.Trim(u.Order, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == ""
	return len(u.Institution) == 8 && digits(u.Institution) && len(u.Order) >= 26 && len(u.Order) <= 32 && alphanumeric
}

// Text returns the address, or [ErrDomesticURL] when its parts are not of the form.
func (u DomesticURL) Text() (string, error) {
	if !u.valid() {
		return "", ErrDomesticURL
	}
	return domesticPrefix + u.Institution + "/" + u.Order, nil
}
