package main

import (
	"bufio"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// componentsMax is how many people share a key at most.
const componentsMax = 3

func (o *calcOptions) componentsCommand() *cobra.Command {
	var components []string
	var want string
	c := &cobra.Command{
		Use: "components", Short: "Combine two or three components of a key, with the check value of each", Args: cobra.NoArgs,
		Long: `Combine the components of a key, which different people hold, by XOR.

The first figure is the key; then come its check value and that of each component, to compare with what the holders
were given. With --kcv a key of another check value is refused and not shown.`,
		Example: "  yifen calc components --component 807A23AD32B36D457AE91FDF927570EA --component 0123456789ABCDEFFEDCBA9876543210\n" +
			"  yifen calc components --component - --component @second.hex --kcv 8D0A74B8",
		RunE: func(c *cobra.Command, _ []string) error {
			if len(components) < 2 || len(components) > componentsMax {
				return fmt.Errorf("there are %d components: give two or three, each with --component", len(components))
			}
			in := bufio.NewReader(c.InOrStdin())
			var value []byte
			var parts []result
			for i, flag := range components {
				name := fmt.Sprintf("component %d", i+1)
				text, err := given(in, flag, "", name, "--component")
				if err != nil {
					return err
				}
				component, err := secretHex(text, name)
				if err != nil {
					return err
				}
				checks, err := o.checkValues(component)
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				for _, check := range checks {
					parts = append(parts, result{fmt.Sprint(check.name, i+1), check.value})
				}
				if value, err = xored(value, component); err != nil {
					return errors.New("the components are not of one length")
				}
			}
			checks, err := o.checkValues(value)
			if err != nil {
				return err
			}
			expected := func(check result) bool { return strings.HasPrefix(check.value, strings.ToUpper(want)) }
			if want != "" && (len(want) < 4 || !slices.ContainsFunc(checks, expected)) {
				return fmt.Errorf("the key has the check value %s, not the one of --kcv: a component is wrong or missing", checks[0].value)
			}
			results := append([]result{{"key", upperHex(value)}}, checks...)
			return o.print(c.OutOrStdout(), append(results, parts...)...)
		},
	}
	c.Flags().StringArrayVar(&components, "component", nil, "component in hexadecimal, - for standard input, @FILE for a file; two or three times")
	c.Flags().StringVar(&want, "kcv", "", "check value that the key must have, four digits or more")
	return c
}

func (o *calcOptions) xorCommand() *cobra.Command {
	return &cobra.Command{
		Use: "xor HEX HEX...", Short: "XOR of two or more values of one length", Args: cobra.MinimumNArgs(2),
		Long:    "XOR of two or more values of one length. Give - for a value on standard input, one line each, or @FILE.",
		Example: "  yifen calc xor 061234FFFFFFFFFF 0000345678901234",
		RunE: func(c *cobra.Command, args []string) error {
			in := bufio.NewReader(c.InOrStdin())
			var value []byte
			for i, arg := range args {
				name := fmt.Sprintf("value %d", i+1)
				text, err := given(in, arg, "", name, "HEX")
				if err != nil {
					return err
				}
				next, err := secretHex(text, name)
				if err != nil {
					return err
				}
				if value, err = xored(value, next); err != nil {
					return fmt.Errorf("%s has %d bytes, what stands before it %d: give values of one length", name, len(next), len(value))
				}
			}
			return o.print(c.OutOrStdout(), result{"xor", upperHex(value)})
		},
	}
}

// xored returns the XOR of two values of one length; the first value stands for itself.
func xored(sum, next []byte) ([]byte, error) {
	if sum == nil {
		return next, nil
	}
	if len(sum) != len(next) {
		return sum, errors.New("lengths differ")
	}
	out := make([]byte, len(sum))
	subtle.XORBytes(out, sum, next)
	return out, nil
}

func (o *calcOptions) luhnCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "luhn", Short: "The check digit of a card number (ISO/IEC 7812-1)", Args: cobra.NoArgs,
		Example: "  yifen calc luhn check 6216261000000000018\n  yifen calc luhn complete 621626100000000001",
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	number := func(c *cobra.Command, args []string) (string, error) {
		text, err := argument(c, args, "number")
		if err != nil {
			return "", err
		}
		text = strings.NewReplacer(" ", "", "-", "").Replace(text)
		if text == "" || strings.Trim(text, "0123456789") != "" {
			return "", errors.New("the number is not made of digits")
		}
		return text, nil
	}
	c.AddCommand(
		&cobra.Command{
			Use: "check [NUMBER]", Short: "Whether the last digit is right; the exit code is 1 when it is not", Args: cobra.MaximumNArgs(1),
			Example: "  yifen calc luhn check 6216261000000000018",
			RunE: func(c *cobra.Command, args []string) error {
				text, err := number(c, args)
				if err != nil {
					return err
				}
				last := len(text) - 1
				if want := luhnDigit(text[:last]); last == 0 || text[last] != want {
					if err := o.print(c.OutOrStdout(), result{"luhn", "wrong"}); err != nil {
						return err
					}
					return exitCode(1)
				}
				return o.print(c.OutOrStdout(), result{"luhn", "right"})
			},
		},
		&cobra.Command{
			Use: "complete [NUMBER]", Short: "The number with its check digit added", Args: cobra.MaximumNArgs(1),
			Example: "  yifen calc luhn complete 621626100000000001",
			RunE: func(c *cobra.Command, args []string) error {
				text, err := number(c, args)
				if err != nil {
					return err
				}
				digit := string(luhnDigit(text))
				return o.print(c.OutOrStdout(), result{"number", text + digit}, result{"digit", digit})
			},
		},
	)
	return c
}

// luhnDigit returns the check digit of the digits before it (ISO/IEC 7812-1 annex B).
func luhnDigit(digits string) byte {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return byte('0' + (10-sum%10)%10)
}
