package qr

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// mandatory are the fields that no merchant's code may lack, besides account information.
var mandatory = [...]string{CategoryCode, Currency, Country, MerchantName, MerchantCity}

// rule is what the value of a field must be.
type rule struct {
	valid  func(string) bool
	reason string
}

var rules = map[string]rule{
	FormatIndicator:  {oneOf("01"), "is not 01"},
	InitiationMethod: {oneOf("11", "12"), "is neither 11 (many payments) nor 12 (one)"},
	CategoryCode:     {fixedDigits(4), "is not four digits"},
	Currency:         {fixedDigits(3), "is not three digits"},
	Amount:           {decimal(13), "is not a number of at most 13 characters with a point"},
	TipIndicator:     {oneOf("01", "02", "03"), "is not 01, 02 or 03"},
	TipFixed:         {decimal(13), "is not a number of at most 13 characters with a point"},
	TipPercentage:    {percentage, "is not a percentage above 0.00 up to 99.99"},
	Country:          {letters, "is not two upper-case letters"},
	MerchantName:     {upTo(25), "is longer than 25 characters"},
	MerchantCity:     {upTo(15), "is longer than 15 characters"},
	PostalCode:       {upTo(10), "is longer than 10 characters"},
}

// Check reports the first thing that a merchant's code must have and has not, or that a field must not be.
// Account information is not looked into, since every network has its own.
func (m Merchant) Check() error {
	if len(m.Fields) == 0 || m.Fields[0].ID != FormatIndicator {
		return &Error{FormatIndicator, -1, "is not the first field"}
	}
	for _, f := range m.Fields {
		if r, ok := rules[f.ID]; ok && !r.valid(f.Value) {
			return &Error{f.ID, -1, r.reason}
		}
	}
	for _, id := range mandatory {
		if _, ok := m.Get(id); !ok {
			return &Error{id, -1, "is missing"}
		}
	}
	if len(m.Accounts()) == 0 {
		return &Error{"", -1, "merchant account information (fields 02 to 51) is missing"}
	}
	indicator, _ := m.Get(TipIndicator)
	for id, wants := range map[string]string{TipFixed: "02", TipPercentage: "03"} {
		if _, ok := m.Get(id); ok != (indicator == wants) {
			return &Error{id, -1, "does not go with the tip indicator, field 55"}
		}
	}
	return nil
}

func oneOf(values ...string) func(string) bool {
	return func(s string) bool { return slices.Contains(values, s) }
}

func fixedDigits(n int) func(string) bool {
	return func(s string) bool { return len(s) == n && digits(s) }
}

func upTo(n int) func(string) bool {
	return func(s string) bool { return utf8.RuneCountInString(s) <= n }
}

func letters(s string) bool {
	return len(s) == 2 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// decimal accepts digits with at most one point after the first of them.
func decimal(n int) func(string) bool {
	return func(s string) bool {
		whole, fraction, _ := strings.Cut(s, ".")
		return len(s) <= n && whole != "" && digits(whole) && digits(fraction)
	}
}

func percentage(s string) bool {
	whole, fraction, _ := strings.Cut(s, ".")
	return decimal(5)(s) && len(whole) <= 2 && len(fraction) <= 2 && strings.Trim(s, "0.") != ""
}

// names holds the English name of each field; those of a template stand under its identifier.
var names = map[string]map[string]string{
	"": {
		FormatIndicator: "payload format indicator", InitiationMethod: "point of initiation method",
		CategoryCode: "merchant category code", Currency: "transaction currency", Amount: "transaction amount",
		TipIndicator: "tip or convenience indicator", TipFixed: "convenience fee, fixed",
		TipPercentage: "convenience fee, percentage", Country: "country code", MerchantName: "merchant name",
		MerchantCity: "merchant city", PostalCode: "postal code", AdditionalData: "additional data",
		Checksum: "checksum", LanguageTemplate: "merchant information in another language",
		"02": "Visa", "03": "Visa", "04": "Mastercard", "05": "Mastercard", "09": "Discover", "10": "Discover",
		"11": "Amex", "12": "Amex", "13": "JCB", "14": "JCB", "15": "UnionPay", "16": "UnionPay",
	},
	AdditionalData: {
		"01": "bill number", "02": "mobile number", "03": "store label", "04": "loyalty number",
		"05": "reference label", "06": "customer label", "07": "terminal label", "08": "purpose of transaction",
		"09": "additional consumer data request", "10": "merchant tax identifier", "11": "merchant channel",
	},
	LanguageTemplate: {"00": "language", "01": "merchant name", "02": "merchant city"},
}

// Name returns the English name of a field of the code, when parent is empty, or of a template; "" when the
// specification does not name it.
func Name(parent, id string) string {
	if name := names[parent][id]; name != "" {
		return name
	}
	switch {
	case !digits(id) || len(id) != 2:
		return ""
	case parent == "" && id >= "02" && id <= "25":
		return "account information, reserved for a network"
	case parent == "" && id >= "26" && id <= "51":
		return "account information"
	case parent == "" && id >= "80":
		return "unreserved template"
	case (parent >= "26" && parent <= "51" || parent >= "80") && id == "00":
		return "globally unique identifier"
	}
	return ""
}
