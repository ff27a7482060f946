package main

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/yifen-pay/yifen/internal/wire/dukpt"
)

var dukptUses = map[string]dukpt.Use{
	"pin": dukpt.PIN, "mac-request": dukpt.MACRequest, "mac-response": dukpt.MACResponse, "mac-both": dukpt.MACBoth,
	"data-request": dukpt.DataRequest, "data-response": dukpt.DataResponse, "data-both": dukpt.DataBoth, "key": dukpt.KeyEncryption,
}

var dukptKinds = map[string]dukpt.Kind{
	"tdes2": dukpt.TDES2, "tdes3": dukpt.TDES3, "aes128": dukpt.AES128, "aes192": dukpt.AES192, "aes256": dukpt.AES256,
	"hmac128": dukpt.HMAC128, "hmac192": dukpt.HMAC192, "hmac256": dukpt.HMAC256,
}

// dukptOptions are the flags of derived keys.
type dukptOptions struct {
	*calcOptions
	serial, use, kind string
	initial           bool
}

func (o *calcOptions) dukptCommand() *cobra.Command {
	d := &dukptOptions{calcOptions: o}
	c := &cobra.Command{
		Use: "dukpt", Short: "Keys per transaction of a device (DUKPT, ANSI X9.24)", Args: cobra.NoArgs,
		Long: `Derive the keys of one transaction from the base derivation key and the key serial number (ANSI X9.24-1:2009 for
triple DES, X9.24-3:2017 for AES).

The first figure is the working key for --use; then come the device's initial key, the transaction key and the serial
number of the next transaction. With --initial the key given is the device's initial key.`,
		Example: "  yifen calc dukpt tdes --key 0123456789ABCDEFFEDCBA9876543210 --ksn FFFF9876543210E00001 --use pin\n" +
			"  yifen calc dukpt aes --key FEDCBA9876543210F1F1F1F1F1F1F1F1 --ksn 123456789012345600000001 --use mac-request",
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.PersistentFlags().StringVar(&d.serial, "ksn", "", "key serial number in hexadecimal: 10 bytes for tdes, 12 for aes")
	c.PersistentFlags().StringVar(&d.use, "use", "pin", "what the working key is for: "+strings.Join(slices.Sorted(maps.Keys(dukptUses)), ", "))
	c.PersistentFlags().BoolVar(&d.initial, "initial", false, "the key is the device's initial key, not the base derivation key")
	c.AddCommand(
		&cobra.Command{
			Use: "tdes", Short: "Triple DES", Args: cobra.NoArgs,
			Example: "  yifen calc dukpt tdes --key 0123456789ABCDEFFEDCBA9876543210 --ksn FFFF9876543210E00001 --use pin",
			RunE:    func(c *cobra.Command, _ []string) error { return d.run(c, d.tdes) },
		},
		d.aesCommand(),
	)
	return c
}

func (d *dukptOptions) aesCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "aes", Short: "AES", Args: cobra.NoArgs,
		Example: "  yifen calc dukpt aes --key FEDCBA9876543210F1F1F1F1F1F1F1F1 --ksn 123456789012345600000001 --use mac-request",
		RunE:    func(c *cobra.Command, _ []string) error { return d.run(c, d.aes) },
	}
	c.Flags().StringVar(&d.kind, "kind", "aes128", "kind of the working key: "+strings.Join(slices.Sorted(maps.Keys(dukptKinds)), ", "))
	return c
}

// derived are the keys of one transaction.
type derived struct {
	working, initial, transaction []byte
	next                          []byte // serial number; nil when the device is used up
}

func (d *dukptOptions) run(c *cobra.Command, derive func(key []byte, use dukpt.Use) (derived, error)) error {
	use, known := dukptUses[d.use]
	if !known {
		return fmt.Errorf("unknown use %q, use %s", d.use, strings.Join(slices.Sorted(maps.Keys(dukptUses)), ", "))
	}
	key, err := d.readKeyBytes(bufio.NewReader(c.InOrStdin()))
	if err != nil {
		return err
	}
	keys, err := derive(key, use)
	if err != nil {
		return err
	}
	results := []result{
		{"working", upperHex(keys.working)}, {"initial", upperHex(keys.initial)}, {"transaction", upperHex(keys.transaction)},
	}
	if keys.next != nil {
		results = append(results, result{"next", upperHex(keys.next)})
	}
	return d.print(c.OutOrStdout(), results...)
}

func (d *dukptOptions) tdes(key []byte, use dukpt.Use) (derived, error) {
	raw, err := fixedHex(d.serial, "key serial number (--ksn)", len(dukpt.TDESSerial{}))
	if err != nil {
		return derived{}, err
	}
	serial := dukpt.TDESSerial(raw)
	keys := derived{initial: key}
	if !d.initial {
		if keys.initial, err = dukpt.TDESInitialKey(key, serial); err != nil {
			return keys, err
		}
	}
	if keys.transaction, err = dukpt.TDESTransactionKey(keys.initial, serial); err != nil {
		return keys, err
	}
	if next, ok := serial.Next(); ok {
		keys.next = next[:]
	}
	keys.working, err = dukpt.TDESWorkingKey(keys.transaction, use)
	if errors.Is(err, dukpt.ErrUse) {
		err = fmt.Errorf("triple DES has no working key for %q", d.use)
	}
	return keys, err
}

func (d *dukptOptions) aes(key []byte, use dukpt.Use) (derived, error) {
	kind, known := dukptKinds[d.kind]
	if !known {
		return derived{}, fmt.Errorf("unknown kind %q, use %s", d.kind, strings.Join(slices.Sorted(maps.Keys(dukptKinds)), ", "))
	}
	raw, err := fixedHex(d.serial, "key serial number (--ksn)", len(dukpt.AESSerial{}))
	if err != nil {
		return derived{}, err
	}
	serial := dukpt.AESSerial(raw)
	keys := derived{initial: key}
	if !d.initial {
		if keys.initial, err = dukpt.AESInitialKey(key, serial); err != nil {
			return keys, err
		}
	}
	if keys.transaction, err = dukpt.AESTransactionKey(keys.initial, serial); err != nil {
		return keys, err
	}
	if next, ok := serial.Next(); ok {
		keys.next = next[:]
	}
	keys.working, err = dukpt.AESWorkingKey(keys.transaction, serial, use, kind)
	if errors.Is(err, dukpt.ErrUse) {
		err = fmt.Errorf("a base key of %d bytes has no working key of kind %q: give a weaker kind", len(key), d.kind)
	}
	return keys, err
}
