package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/yifen-pay/yifen/internal/wire/emv"
	"github.com/yifen-pay/yifen/internal/wire/qr"
)

const qrSample = "00020101021229300012D156000000000510A93FO3230Q52044111530315654041.005802CN5904SHOP6007BEIJING6304E43F"

// scanned is what a code turned out to be.
type scanned struct {
	Kind     string    `json:"kind"` // merchant, consumer, unionpay_url or payment_code
	Wallet   string    `json:"wallet,omitempty"`
	Elements []element `json:"elements,omitempty"`
	Finding  string    `json:"finding,omitempty"`
}

func (o *calcOptions) qrCommand() *cobra.Command {
	var counted string
	c := &cobra.Command{
		Use: "qr", Short: "Text of payment codes: decode, build, checksum", Args: cobra.NoArgs,
		Long: `Read and write what QR codes of payments hold, as text: merchants' and payers' codes of EMVCo, UnionPay's domestic
address, and payment codes of digits only, of which the wallet is told.`,
		Example: "  yifen calc qr decode '" + qrSample + "'\n" +
			"  yifen calc qr build --account 15=4000015600000000 --mcc 5411 --name 一分小店 --city 上海 --amount 1.00\n" +
			"  yifen calc qr crc 0002010102116304",
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.PersistentFlags().StringVar(&counted, "unit", "characters", "what lengths count: characters or bytes")
	unit := func() (qr.Unit, error) {
		switch counted {
		case "characters":
			return qr.Characters, nil
		case "bytes":
			return qr.Bytes, nil
		}
		return 0, fmt.Errorf("unknown unit %q, use characters or bytes", counted)
	}
	c.AddCommand(o.qrDecodeCommand(unit), o.qrBuildCommand(unit), &cobra.Command{
		Use: "crc [TEXT]", Short: "The checksum of a merchant's code: of its text up to and including 6304", Args: cobra.MaximumNArgs(1),
		Example: "  yifen calc qr crc 0002010102116304",
		RunE: func(c *cobra.Command, args []string) error {
			text, err := argument(c, args, "text")
			if err != nil {
				return err
			}
			// A whole code ends in the checksum to compare with.
			if at := len(text) - 8; at >= 0 && text[at:at+4] == "6304" {
				text = text[:at+4]
			}
			return o.print(c.OutOrStdout(), result{"crc", qr.CRC(text)})
		},
	})
	return c
}

func (o *calcOptions) qrDecodeCommand(unit func() (qr.Unit, error)) *cobra.Command {
	return &cobra.Command{
		Use: "decode [TEXT]", Short: "Lay a code out with names; the exit code is 1 when a rule is broken", Args: cobra.MaximumNArgs(1),
		Example: "  yifen calc qr decode '" + qrSample + "'\n  yifen calc qr decode 134567890123456789",
		RunE: func(c *cobra.Command, args []string) error {
			text, err := argument(c, args, "code")
			if err != nil {
				return err
			}
			u, err := unit()
			if err != nil {
				return err
			}
			s, err := decodeCode(text, u)
			if err != nil {
				return err
			}
			if o.json {
				err = printJSON(c.OutOrStdout(), s)
			} else {
				err = printScanned(c, s)
			}
			if err == nil && s.Finding != "" {
				err = exitCode(1)
			}
			return err
		},
	}
}

func printScanned(c *cobra.Command, s scanned) error {
	w := c.OutOrStdout()
	if _, err := fmt.Fprintln(w, strings.TrimSpace(s.Kind+" "+s.Wallet)); err != nil {
		return err
	}
	if err := printElements(w, s.Elements); err != nil {
		return err
	}
	if s.Finding == "" {
		return nil
	}
	_, err := fmt.Fprintln(w, "! "+s.Finding)
	return err
}

// decodeCode tells the kinds of codes apart by how they begin.
func decodeCode(text string, unit qr.Unit) (scanned, error) {
	switch {
	case strings.HasPrefix(text, qr.ConsumerPrefix):
		code, err := qr.ParseConsumer(text)
		if err != nil {
			return scanned{}, err
		}
		return scanned{Kind: "consumer", Elements: consumerElements(code.Elements)}, nil
	case strings.HasPrefix(text, "https:"):
		u, err := qr.ParseDomesticURL(text)
		if err != nil {
			return scanned{}, err
		}
		return scanned{Kind: "unionpay_url", Wallet: "unionpay", Elements: []element{
			{ID: "institution", Length: len(u.Institution), Value: u.Institution}, {ID: "order", Length: len(u.Order), Value: u.Order},
		}}, nil
	}
	if route, ok := qr.DefaultRoutes().Find(text); ok {
		return scanned{Kind: "payment_code", Wallet: route.Wallet}, nil
	}
	code, err := qr.ParseMerchant(text, unit)
	if err != nil {
		return scanned{}, err
	}
	s := scanned{Kind: "merchant", Elements: merchantElements("", code.Fields)}
	if err := code.Check(); err != nil {
		s.Finding = err.Error()
	}
	return s, nil
}

func merchantElements(parent string, fields qr.Fields) []element {
	var elements []element
	for _, f := range fields {
		elements = append(elements, element{
			ID: f.ID, Name: qr.Name(parent, f.ID), Length: utf8.RuneCountInString(f.Value), Value: f.Value,
			Elements: merchantElements(f.ID, f.Fields),
		})
	}
	return elements
}

func consumerElements(list []qr.Element) []element {
	var elements []element
	for _, e := range list {
		tag := emv.Tag(e.Tag)
		x := element{ID: tag.String(), Name: cmp.Or(qr.TagName(e.Tag), tag.Name()), Length: len(e.Value), Elements: consumerElements(e.Elements)}
		switch {
		case hides(tag):
			x.Value = hidden
		case len(e.Elements) == 0:
			x.Value = upperHex(e.Value)
		}
		elements = append(elements, x)
	}
	return elements
}

func (o *calcOptions) qrBuildCommand(unit func() (qr.Unit, error)) *cobra.Command {
	var accounts, others []string
	var dynamic bool
	var category, currency, amount, country, name, city string
	c := &cobra.Command{
		Use: "build", Short: "Build a merchant's code", Args: cobra.NoArgs,
		Long: `Build the code that a merchant shows, with its checksum. Fields of templates have their template's identifier before
them, e.g. --field 62.07=29000001.`,
		Example: "  yifen calc qr build --account 15=4000015600000000 --mcc 5411 --name 一分小店 --city 上海\n" +
			"  yifen calc qr build --account 26.00=A000000333 --account 26.01=898290054110001 --mcc 5411 --name SHOP --city SHANGHAI \\\n" +
			"    --dynamic --amount 12.30 --field 62.07=29000001",
		RunE: func(c *cobra.Command, _ []string) error {
			u, err := unit()
			if err != nil {
				return err
			}
			method := "11"
			if dynamic {
				method = "12"
			}
			var m qr.Merchant
			assignments := []string{qr.FormatIndicator + "=01", qr.InitiationMethod + "=" + method}
			assignments = append(assignments, accounts...)
			for _, f := range []struct{ id, value string }{
				{qr.CategoryCode, category}, {qr.Currency, currency}, {qr.Amount, amount}, {qr.Country, country},
				{qr.MerchantName, name}, {qr.MerchantCity, city},
			} {
				if f.value != "" {
					assignments = append(assignments, f.id+"="+f.value)
				}
			}
			for _, assignment := range append(assignments, others...) {
				if m.Fields, err = assign(m.Fields, assignment); err != nil {
					return err
				}
			}
			text, err := m.Text(u)
			if err != nil {
				return err
			}
			return o.print(c.OutOrStdout(), result{"code", text})
		},
	}
	c.Flags().StringArrayVar(&accounts, "account", nil, "merchant account information ID=VALUE, 02 to 51, e.g. 15=4000015600000000 or 26.00=A000000333")
	c.Flags().StringArrayVar(&others, "field", nil, "another field ID=VALUE, e.g. 62.07=29000001")
	c.Flags().BoolVar(&dynamic, "dynamic", false, "the code serves one payment only")
	c.Flags().StringVar(&category, "mcc", "", "merchant category code, four digits")
	c.Flags().StringVar(&currency, "currency", "156", "currency, three digits")
	c.Flags().StringVar(&amount, "amount", "", "amount with a point, e.g. 12.30; without it the payer enters it")
	c.Flags().StringVar(&country, "country", "CN", "country, two letters")
	c.Flags().StringVar(&name, "name", "", "merchant name")
	c.Flags().StringVar(&city, "city", "", "merchant city")
	return c
}

// assign adds a field written as ID=VALUE, or to a template as ID.ID=VALUE.
func assign(fields qr.Fields, text string) (qr.Fields, error) {
	path, value, ok := strings.Cut(text, "=")
	if !ok {
		return nil, errors.New("a field is not ID=VALUE, e.g. 62.07=29000001")
	}
	parent, id, nested := strings.Cut(path, ".")
	if !nested {
		return append(fields, qr.Field{ID: path, Value: value}), nil
	}
	at := slices.IndexFunc(fields, func(f qr.Field) bool { return f.ID == parent })
	if at < 0 {
		at = len(fields)
		fields = append(fields, qr.Field{ID: parent})
	}
	fields[at].Fields = append(fields[at].Fields, qr.Field{ID: id, Value: value})
	return fields, nil
}
