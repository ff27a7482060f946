package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/yifen-pay/yifen/internal/wire/emv"
)

// element is one line of what a chip or a code holds; a template has elements.
type element struct {
	ID       string    `json:"id"`
	Name     string    `json:"name,omitempty"`
	Length   int       `json:"length"`
	Value    string    `json:"value,omitempty"`
	Elements []element `json:"elements,omitempty"`
}

// hidden stands for what a person's card says of it.
const hidden = "****"

// hides reports whether an element's value is hidden: card number, tracks, expiry and cardholder's name.
func hides(tag emv.Tag) bool { return tag.Secret() || tag == emv.CardholderName }

func (o *calcOptions) tlvCommand() *cobra.Command {
	return &cobra.Command{
		Use: "tlv [HEX]", Short: "Lay chip data (BER-TLV) out with names, templates opened", Args: cobra.MaximumNArgs(1),
		Long: `Lay chip data out, such as field 55, with the names of the data elements. Card numbers, tracks, expiry dates and
names of cardholders are stars, so the output can be passed on. What can be read before a fault is shown.`,
		Example: "  yifen calc tlv 9F26085D016C91005E7CC29F2701809F36020240\n" +
			"  xxd f55.bin | yifen calc tlv --json",
		RunE: func(c *cobra.Command, args []string) error {
			text, err := argument(c, args, "chip data")
			if err != nil {
				return err
			}
			raw, err := readHex(text)
			if err != nil {
				return err
			}
			elements, fault := chipElements(raw)
			if o.json {
				err = printJSON(c.OutOrStdout(), elements)
			} else {
				err = printElements(c.OutOrStdout(), elements)
			}
			if err != nil {
				return err
			}
			return fault
		},
	}
}

// chipElements lays data elements out. On failure it returns those before the fault.
func chipElements(raw []byte) ([]element, error) {
	list, fault := emv.Parse(raw)
	elements := make([]element, 0, len(list))
	for _, e := range list {
		x := element{ID: e.Tag.String(), Name: e.Tag.Name(), Length: len(e.Value)}
		switch {
		case hides(e.Tag):
			x.Value = hidden
		case e.Tag.Constructed():
			var inner error
			if x.Elements, inner = chipElements(e.Value); inner != nil && fault == nil {
				fault = fmt.Errorf("in template %v: %w", e.Tag, inner)
			}
		default:
			x.Value = upperHex(e.Value)
		}
		elements = append(elements, x)
	}
	return elements, fault
}

// printElements writes one line for each element, those of a template indented.
func printElements(w io.Writer, elements []element) error {
	var lines [][3]string
	var walk func(elements []element, indent string)
	walk = func(elements []element, indent string) {
		for _, e := range elements {
			lines = append(lines, [3]string{indent + e.ID, e.Name, e.Value})
			walk(e.Elements, indent+"  ")
		}
	}
	walk(elements, "")
	var width [2]int
	for _, line := range lines {
		for i := range width {
			width[i] = max(width[i], utf8.RuneCountInString(line[i]))
		}
	}
	for _, line := range lines {
		text := fmt.Sprintf("%-*s  %-*s  %s", width[0], line[0], width[1], line[1], line[2])
		if _, err := fmt.Fprintln(w, strings.TrimRight(text, " ")); err != nil {
			return err
		}
	}
	return nil
}
