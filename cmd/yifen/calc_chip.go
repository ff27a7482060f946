package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/emv"
)

// chipOptions are the flags of what a chip computes.
type chipOptions struct {
	*calcOptions
	scheme, sequence, f55, atc, arqc, code, status, proprietary string
}

var chipSchemes = map[string]cardcrypto.Scheme{"pboc": cardcrypto.PBOC01, "visa10": cardcrypto.Visa10, "visa18": cardcrypto.Visa18}

const arqcExample = "  yifen calc arqc --key F0C34A8124CEE0A91A0B034AA97D6EAC --pan 6228000100001 --psn 01 --f55 " +
	"9F02060000000000019F03060000000000009F1A020156950500800460005F2A0201569A031407019C01009F37041E78EEBC82027D00" +
	"9F360202409F101307000103A04002010A010000001000D1F611529F26085D016C91005E7CC2"

func (o *calcOptions) arqcCommand() *cobra.Command {
	chip := &chipOptions{calcOptions: o}
	c := &cobra.Command{
		Use: "arqc", Short: "The application cryptogram over chip data (tag 9F26: ARQC, TC or AAC)", Args: cobra.NoArgs,
		Long: `Compute the application cryptogram over the data elements of field 55, and compare it with the one that stands in it.

With --pan the key is the issuer's master key, from which the card's key is derived; without, it is the card's key.
Besides the cryptogram come the check values of the card's and the session's key. When field 55 has a cryptogram
(9F26), the exit code is 1 unless it is the one computed.`,
		Example: arqcExample,
		RunE: func(c *cobra.Command, _ []string) error {
			in := bufio.NewReader(c.InOrStdin())
			scheme, card, err := chip.cardKey(in)
			if err != nil {
				return err
			}
			list, err := chip.readF55(in)
			if err != nil {
				return err
			}
			t, err := chipTransaction(list)
			if err != nil {
				return err
			}
			cryptogram, err := cardcrypto.Cryptogram(scheme, card, &t)
			if err != nil {
				return err
			}
			session, err := cardcrypto.SessionKey(scheme, card, t.ATC)
			if err != nil {
				return err
			}
			results := []result{
				{"cryptogram", upperHex(cryptogram[:])}, {"card_kcv", upperHex(card.CheckValue())}, {"session_kcv", upperHex(session.CheckValue())},
			}
			got := list.Get(emv.Cryptogram)
			if got == nil {
				return o.print(c.OutOrStdout(), results...)
			}
			verdict := "right"
			if !bytes.Equal(got, cryptogram[:]) {
				verdict = "wrong"
			}
			if err := o.print(c.OutOrStdout(), append(results, result{"9F26", verdict})...); err != nil {
				return err
			}
			if verdict == "wrong" {
				return exitCode(1)
			}
			return nil
		},
	}
	chip.flags(c)
	return c
}

func (o *calcOptions) arpcCommand() *cobra.Command {
	chip := &chipOptions{calcOptions: o}
	c := &cobra.Command{
		Use: "arpc", Short: "The issuer's answer to a cryptogram, and tag 91 that carries it", Args: cobra.NoArgs,
		Long: `Compute the issuer's answer to a cryptogram: by method 1 from the response code (--arc), by method 2 from the card
status update (--csu) and proprietary data, if any. Counter and cryptogram come from --atc and --arqc, or from field 55.

With --pan the key is the issuer's master key, from which the card's key is derived; without, it is the card's key.`,
		Example: "  yifen calc arpc --key F0C34A8124CEE0A91A0B034AA97D6EAC --pan 6228000100001 --psn 01 --atc 0240 --arqc 5D016C91005E7CC2 --arc 01\n" +
			"  yifen calc arpc --scheme visa18 --key 0123456789ABCDEFFEDCBA9876543210 --pan 1234567890123456 --atc 001C --arqc 7A788EA6B8A3E733 --csu 00000000",
		RunE: func(c *cobra.Command, _ []string) error {
			in := bufio.NewReader(c.InOrStdin())
			scheme, card, err := chip.cardKey(in)
			if err != nil {
				return err
			}
			atc, arqc, err := chip.request(in)
			if err != nil {
				return err
			}
			var answer, issuerData []byte
			switch {
			case (chip.code == "") == (chip.status == ""):
				return errors.New("give the response code with --arc for method 1, or the card status update with --csu for method 2")
			case chip.code != "":
				code := []byte(chip.code)
				if len(code) == 4 {
					if code, err = hex.DecodeString(chip.code); err != nil {
						return errors.New("the response code is not two characters or four hexadecimal digits")
					}
				}
				if len(code) != 2 {
					return errors.New("the response code is not two characters or four hexadecimal digits")
				}
				arpc, err := cardcrypto.ARPC(scheme, card, atc, arqc, [2]byte(code))
				if err != nil {
					return err
				}
				answer, issuerData = arpc[:], append(arpc[:], code...)
			default:
				status, err := fixedHex(chip.status, "card status update", 4)
				if err != nil {
					return err
				}
				proprietary, err := hex.DecodeString(chip.proprietary)
				if err != nil || len(proprietary) > 8 {
					return errors.New("proprietary data is not up to eight bytes in hexadecimal")
				}
				arpc, err := cardcrypto.ARPCStatus(scheme, card, atc, arqc, [4]byte(status), proprietary)
				if err != nil {
					return err
				}
				answer, issuerData = arpc[:], append(append(arpc[:], status...), proprietary...)
			}
			return o.print(c.OutOrStdout(), result{"arpc", upperHex(answer)}, result{"91", upperHex(issuerData)})
		},
	}
	chip.flags(c)
	c.Flags().StringVar(&chip.atc, "atc", "", "transaction counter (9F36), four hexadecimal digits")
	c.Flags().StringVar(&chip.arqc, "arqc", "", "cryptogram (9F26), sixteen hexadecimal digits")
	c.Flags().StringVar(&chip.code, "arc", "", "response code, two characters as in field 39, or four hexadecimal digits")
	c.Flags().StringVar(&chip.status, "csu", "", "card status update, eight hexadecimal digits")
	c.Flags().StringVar(&chip.proprietary, "proprietary", "", "proprietary authentication data, with --csu, up to sixteen hexadecimal digits")
	return c
}

func (o *chipOptions) flags(c *cobra.Command) {
	c.Flags().StringVar(&o.scheme, "scheme", "pboc", "scheme: pboc (version 01), visa10 or visa18")
	c.Flags().StringVar(&o.pan, "pan", "", "card number; with it the key is the issuer's master key")
	c.Flags().StringVar(&o.sequence, "psn", "00", "card sequence number (5F34), two digits")
	c.Flags().StringVar(&o.f55, "f55", "", "data elements of field 55 in hexadecimal, - for standard input")
}

// cardKey returns the scheme and the card's key, derived when there is a card number.
func (o *chipOptions) cardKey(in *bufio.Reader) (cardcrypto.Scheme, *cardcrypto.Key, error) {
	scheme, known := chipSchemes[o.scheme]
	if !known {
		return 0, nil, fmt.Errorf("unknown scheme %q, use pboc, visa10 or visa18", o.scheme)
	}
	key, err := o.readKey(in)
	if err != nil {
		return 0, nil, err
	}
	if key.Algorithm() != cardcrypto.DES || key.Len() == 8 {
		return 0, nil, errors.New("a chip's key is triple DES: give 16 or 24 bytes")
	}
	if o.pan == "" {
		return scheme, key, nil
	}
	key, err = cardcrypto.DeriveCardKey(key, strings.ReplaceAll(o.pan, " ", ""), o.sequence)
	switch {
	case errors.Is(err, cardcrypto.ErrPAN):
		err = errors.New("the PAN is not 8 to 19 digits: give the whole card number, or leave --pan out when the key is the card's")
	case errors.Is(err, cardcrypto.ErrSequence):
		err = errors.New("the card sequence number is not two digits: give it with --psn")
	}
	return scheme, key, err
}

func (o *chipOptions) readF55(in *bufio.Reader) (emv.List, error) {
	text, err := given(in, o.f55, "", "chip data", "--f55")
	if err != nil {
		return nil, err
	}
	raw, err := readHex(text)
	if err != nil {
		return nil, fmt.Errorf("chip data: %w", err)
	}
	return emv.Parse(raw)
}

// request returns counter and cryptogram from their flags, or from field 55.
func (o *chipOptions) request(in *bufio.Reader) (atc [2]byte, arqc [8]byte, err error) {
	if o.f55 != "" {
		list, err := o.readF55(in)
		if err != nil {
			return atc, arqc, err
		}
		if !list.Copy(atc[:], emv.TransactionCounter) || !list.Copy(arqc[:], emv.Cryptogram) {
			return atc, arqc, errors.New("chip data lacks the counter (9F36) or the cryptogram (9F26)")
		}
		return atc, arqc, nil
	}
	for _, f := range []struct {
		to         []byte
		text, name string
	}{{atc[:], o.atc, "transaction counter (--atc)"}, {arqc[:], o.arqc, "cryptogram (--arqc)"}} {
		raw, err := fixedHex(f.text, f.name, len(f.to))
		if err != nil {
			return atc, arqc, err
		}
		copy(f.to, raw)
	}
	return atc, arqc, nil
}

func fixedHex(text, name string, n int) ([]byte, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != n {
		return nil, fmt.Errorf("the %s is not %d bytes in hexadecimal", name, n)
	}
	return raw, nil
}

// chipTransaction takes what a cryptogram covers from chip data.
func chipTransaction(list emv.List) (cardcrypto.Transaction, error) {
	t := cardcrypto.Transaction{IssuerData: list.Get(emv.IssuerApplicationData)}
	var kind [1]byte
	for _, part := range []struct {
		to  []byte
		tag emv.Tag
	}{
		{t.Amount[:], emv.AmountAuthorized}, {t.Other[:], emv.AmountOther}, {t.Country[:], emv.TerminalCountry},
		{t.TVR[:], emv.VerificationResults}, {t.Currency[:], emv.TransactionCurrency}, {t.Date[:], emv.TransactionDate},
		{kind[:], emv.TransactionType}, {t.Unpredictable[:], emv.UnpredictableNumber}, {t.AIP[:], emv.InterchangeProfile},
		{t.ATC[:], emv.TransactionCounter},
	} {
		if !list.Copy(part.to, part.tag) {
			return t, fmt.Errorf("chip data lacks %v (%s), or it does not have %d bytes", part.tag, part.tag.Name(), len(part.to))
		}
	}
	t.Type = kind[0]
	if len(t.IssuerData) < 7 {
		return t, errors.New("chip data lacks 9F10 (issuer application data), or it is shorter than seven bytes")
	}
	return t, nil
}
