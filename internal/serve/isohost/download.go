package isohost

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/card"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/wire/emv"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
	"github.com/yifen-pay/yifen/internal/wire/jbig"
)

// Processing requirements, digit 6 of the header: what a terminal is asked to do next.
const (
	requireNothing = 0
	requireSignIn  = 3
)

// requirements says what a terminal is asked to fetch which kind of parameters by.
var requirements = map[terminal.Kind]byte{
	terminal.Settings: 1, terminal.CAKeys: 4, terminal.Applications: 5, terminal.Notice: 6, terminal.Blacklist: 7,
	terminal.BINs: 8, terminal.Contactless: 9,
}

// The first character of an answer to a download.
const (
	partNone = '0' // there is nothing
	partAll  = '1' // this is all
	partMore = '2' // more follows and is asked for
	partLast = '3' // more was asked for and this is the last
)

// download is one message of a download: a query for what there is, a part, or the end.
type download struct {
	kind terminal.Kind
	// part writes field 62 of the answer, nil for the end.
	part func(x *exchange, set terminal.Set) ([]byte, error)
}

// downloads says, by message type and network management code 60.3, what a terminal fetches.
var downloads = map[[2]string]download{
	{"0800", "360"}: {terminal.Settings, (*exchange).settingsItems},
	{"0800", "361"}: {terminal.Settings, nil},
	{"0820", "372"}: {terminal.CAKeys, (*exchange).caKeyList},
	{"0800", "370"}: {terminal.CAKeys, (*exchange).caKey},
	{"0800", "371"}: {terminal.CAKeys, nil},
	{"0820", "382"}: {terminal.Applications, (*exchange).applicationList},
	{"0800", "380"}: {terminal.Applications, (*exchange).application},
	{"0800", "381"}: {terminal.Applications, nil},
	{"0800", "390"}: {terminal.Blacklist, (*exchange).blacklist},
	{"0800", "391"}: {terminal.Blacklist, nil},
	{"0800", "394"}: {terminal.Contactless, (*exchange).tapRules},
	{"0800", "395"}: {terminal.Contactless, nil},
	{"0800", "396"}: {terminal.BINs, (*exchange).bins},
	{"0800", "397"}: {terminal.BINs, nil},
	{"0800", "398"}: {terminal.Notice, (*exchange).notice},
	{"0800", "399"}: {terminal.Notice, nil},
}

// serving is a version of parameters that a terminal is fetching: it holds the version when the end comes and
// the parts were all of that one.
type serving struct {
	terminal string
	kind     terminal.Kind
}

func (x *exchange) download(ctx context.Context, d download) error {
	t := x.session.terminal
	assigned := x.session.group.Assigned.Of(d.kind)
	key := serving{t.ID, d.kind}
	if d.part == nil {
		version, known := x.host.serving.LoadAndDelete(key)
		if known && version == assigned && assigned != t.Holds.Of(d.kind) {
			changed, err := x.host.Terminals.Downloaded(ctx, t, d.kind, assigned)
			if err != nil {
				return err
			}
			x.keep(changed, x.session.merchant, x.session.group)
		}
		return x.acknowledge()
	}
	answer := []byte{partNone}
	if assigned != 0 {
		set, err := x.host.Terminals.Parameters(ctx, d.kind, assigned)
		if err != nil {
			return err
		}
		if answer, err = d.part(x, set); err != nil {
			return err
		}
		if seen, ok := x.host.serving.Load(key); !ok || seen == assigned || x.fetched() == 0 {
			x.host.serving.Store(key, assigned)
		} else { // the version changed between two parts: what the terminal holds is neither
			x.host.serving.Store(key, int64(0))
		}
	}
	if err := x.acknowledge(); err != nil {
		return err
	}
	x.out.SetBytes(62, answer)
	return nil
}

// fetched reads how many entries or parts a terminal has got already: field 62 = "1nn".
func (x *exchange) fetched() int {
	v := x.in.Get(62)
	if len(v) != 3 || v[0] != '1' {
		return 0
	}
	n, err := strconv.Atoi(v[1:])
	if err != nil {
		return 0
	}
	return n
}

func (x *exchange) settingsItems(set terminal.Set) ([]byte, error) {
	b, err := terminal.Decode[terminal.Behavior](set)
	if err != nil {
		return nil, err
	}
	phones := append(slices.Clone(b.Phones), "", "", "")
	digit := func(on bool) string {
		if on {
			return "1"
		}
		return "0"
	}
	var out []byte
	item := func(tag, value string) { out = append(append(out, tag...), value...) }
	item("11", "60")
	item("12", fmt.Sprintf("%02d", b.TimeoutSeconds))
	item("13", strconv.Itoa(b.Dials))
	for i, tag := range []string{"14", "15", "16"} {
		item(tag, fmt.Sprintf("%-14s", phones[i]))
	}
	item("17", fmt.Sprintf("%-14s", b.AdminPhone))
	item("18", digit(b.Tips))
	item("19", fmt.Sprintf("%02d", b.TipPercent))
	item("20", digit(b.Manual))
	item("21", digit(b.AutoSignOff))
	out = append(append(out, "22"...), iso8583.Name(x.session.merchant.Name, 40)...)
	item("23", strconv.Itoa(b.ReversalTries))
	item("24", "1")
	item("25", "0")
	item("26", fmt.Sprintf("%016X", uint64(b.Switches)))
	return out, nil
}

// listMax is how many entries one answer to a query holds: 32 keys take 736 bytes of the 999 of field 62.
const listMax = 32

// listed writes entries from the one on that the terminal has not got, and whether more follow.
func listed[T any](x *exchange, all []T, most int, entry func(dst []byte, e T) ([]byte, error)) ([]byte, error) {
	from := min(x.fetched(), len(all))
	to := min(from+most, len(all))
	out := []byte{partAll}
	switch {
	case len(all) == 0:
		return []byte{partNone}, nil
	case to < len(all):
		out[0] = partMore
	case from > 0:
		out[0] = partLast
	}
	var err error
	for _, e := range all[from:to] {
		if out, err = entry(out, e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Tags of public keys and applications that only downloads carry (EMV Book 2, JR/T 0025).
const (
	tagKeyModulus    emv.Tag = 0xDF02
	tagKeyCheck      emv.Tag = 0xDF03
	tagKeyExponent   emv.Tag = 0xDF04
	tagKeyExpiry     emv.Tag = 0xDF05
	tagKeyHash       emv.Tag = 0xDF06
	tagKeyAlgorithm  emv.Tag = 0xDF07
	tagKeyIndex      emv.Tag = 0x9F22
	tagTapOn         emv.Tag = 0xFF805D
	tagTapLimit      emv.Tag = 0xFF8054
	tagTapNoPIN      emv.Tag = 0xFF8058
	tagTapUnsigned   emv.Tag = 0xFF8059
	tagTapUnsignedTo emv.Tag = 0xFF805A
)

// keyName writes what a public key is asked for by: 9F06 and 9F22, twelve bytes.
func keyName(dst []byte, k terminal.CAKey) ([]byte, error) {
	rid, err := hex.DecodeString(k.RID)
	if err != nil {
		return nil, err
	}
	index, err := hex.DecodeString(k.Index)
	dst = emv.Append(dst, emv.TerminalApplicationID, rid)
	return emv.Append(dst, tagKeyIndex, index), err
}

func (x *exchange) caKeyList(set terminal.Set) ([]byte, error) {
	keys, err := terminal.Decode[[]terminal.CAKey](set)
	if err != nil {
		return nil, err
	}
	return listed(x, keys, listMax, func(dst []byte, k terminal.CAKey) ([]byte, error) {
		dst, err := keyName(dst, k)
		return emv.Append(dst, tagKeyExpiry, []byte(k.Expiry)), err
	})
}

func (x *exchange) caKey(set terminal.Set) ([]byte, error) {
	keys, err := terminal.Decode[[]terminal.CAKey](set)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		name, err := keyName(nil, k)
		if err != nil {
			return nil, err
		}
		if string(name) != x.in.Get(62) {
			continue
		}
		out := append([]byte{partAll}, name...)
		out = emv.Append(out, tagKeyExpiry, []byte(k.Expiry))
		out = emv.Append(out, tagKeyHash, []byte{1})      // SHA-1
		out = emv.Append(out, tagKeyAlgorithm, []byte{1}) // RSA
		for _, part := range []struct {
			tag   emv.Tag
			value string
		}{{tagKeyModulus, k.Modulus}, {tagKeyExponent, k.Exponent}, {tagKeyCheck, k.Check}} {
			value, err := hex.DecodeString(part.value)
			if err != nil {
				return nil, err
			}
			out = emv.Append(out, part.tag, value)
		}
		return out, nil
	}
	return []byte{partNone}, nil
}

func applicationName(dst []byte, a terminal.Application) ([]byte, error) {
	aid, err := hex.DecodeString(a.AID)
	return emv.Append(dst, emv.TerminalApplicationID, aid), err
}

func (x *exchange) applicationList(set terminal.Set) ([]byte, error) {
	list, err := terminal.Decode[[]terminal.Application](set)
	if err != nil {
		return nil, err
	}
	return listed(x, list, listMax, applicationName)
}

func (x *exchange) application(set terminal.Set) ([]byte, error) {
	list, err := terminal.Decode[[]terminal.Application](set)
	if err != nil {
		return nil, err
	}
	for _, a := range list {
		name, err := applicationName(nil, a)
		if err != nil {
			return nil, err
		}
		if string(name) != x.in.Get(62) {
			continue
		}
		data, err := hex.DecodeString(a.Data)
		return append(append([]byte{partAll}, name...), data...), err
	}
	return []byte{partNone}, nil
}

// parts cuts a list of entries into parts that field 62 holds, and writes the one that is next.
func parts[T any](x *exchange, all []T, entry func(dst []byte, e T) ([]byte, error)) ([]byte, error) {
	const most = 990
	var cut [][]byte
	var part []byte
	for _, e := range all {
		written, err := entry(nil, e)
		if err != nil {
			return nil, err
		}
		if len(part)+len(written) > most {
			cut, part = append(cut, part), nil
		}
		part = append(part, written...)
	}
	if part != nil {
		cut = append(cut, part)
	}
	return listed(x, cut, 1, func(dst, part []byte) ([]byte, error) { return append(dst, part...), nil })
}

func (x *exchange) blacklist(set terminal.Set) ([]byte, error) {
	list, err := terminal.Decode[[]terminal.Blocked](set)
	if err != nil {
		return nil, err
	}
	return parts(x, list, func(dst []byte, b terminal.Blocked) ([]byte, error) {
		digits := b.Prefix
		if b.Card != nil {
			pan, err := x.host.Keys.Open(*b.Card)
			if err != nil {
				return nil, err
			}
			digits = pan.Reveal() // terminals refuse cards that they know by number
		}
		return fmt.Appendf(dst, "%02d%s", len(digits), digits), nil
	})
}

func (x *exchange) bins(set terminal.Set) ([]byte, error) {
	rows, err := terminal.Decode[[]terminal.BINRow](set)
	if err != nil {
		return nil, err
	}
	kinds := map[card.Kind]string{card.Debit: "D", card.Credit: "C", card.Prepaid: "P"}
	return parts(x, rows, func(dst []byte, r terminal.BINRow) ([]byte, error) {
		kind, ok := kinds[r.Kind]
		if !ok {
			kind = "U"
		}
		return fmt.Appendf(dst, "%02d%s%02d%s%-3s", len(r.Prefix), r.Prefix, r.Length, kind, r.Organization), nil
	})
}

func (x *exchange) tapRules(set terminal.Set) ([]byte, error) {
	r, err := terminal.Decode[terminal.TapRules](set)
	if err != nil {
		return nil, err
	}
	amount := func(fen int64) []byte {
		b, _ := hex.DecodeString(fmt.Sprintf("%012d", fen))
		return b
	}
	flag := func(on bool) []byte {
		if on {
			return []byte{1}
		}
		return []byte{0}
	}
	out := emv.Append([]byte{partAll}, tagTapOn, flag(r.On))
	out = emv.Append(out, tagTapLimit, amount(r.LimitFen))
	out = emv.Append(out, tagTapNoPIN, amount(r.NoPINFen))
	out = emv.Append(out, tagTapUnsigned, flag(r.NoSignatureFen > 0))
	return emv.Append(out, tagTapUnsignedTo, amount(r.NoSignatureFen)), nil
}

func (x *exchange) notice(set terminal.Set) ([]byte, error) {
	u, err := terminal.Decode[terminal.Update](set)
	return fmt.Appendf([]byte{partAll}, "%-12s%s", u.Version, u.Address), err
}

// require says what a terminal is to do next, unless something is required of it already.
func (x *exchange) require() byte {
	t := x.session.terminal
	switch {
	case x.requirement != requireNothing || t.ID == "":
		return x.requirement
	case t.SignedIn && x.staleSince() > 0:
		return requireSignIn
	}
	return requirements[x.session.group.Due(t)]
}

// staleSince returns for how long the terminal's sign-in has been one of an earlier day.
func (x *exchange) staleSince() time.Duration {
	now := x.host.Now().In(x.host.Zone)
	began := calendar.DateOf(now).Midnight(x.host.Zone)
	if !x.session.terminal.SignedInAt.Time().Before(began) {
		return 0
	}
	next := calendar.DateOf(x.session.terminal.SignedInAt.Time().In(x.host.Zone)).Next()
	return now.Sub(next.Midnight(x.host.Zone))
}

// parted are the parts of a terminal that it reports on (0820, 60.3 = 362).
var parted = map[string]string{
	"01": "printer", "02": "reader", "03": "pin_pad", "04": "power", "05": "tamper", "06": "network", "07": "clock", "08": "keys",
	"09": "parameters", "10": "software",
}

var severities = map[byte]terminal.Severity{'0': terminal.Good, '1': terminal.Warning, '2': terminal.Blocks}

// report takes what a terminal says of itself: part (2 digits), state (1), length (2), code word.
func (x *exchange) report(ctx context.Context) error {
	var findings []terminal.Finding
	for rest := x.in.Get(62); rest != ""; {
		if len(rest) < 5 {
			return errFormat
		}
		n, err := strconv.Atoi(rest[3:5])
		severity, known := severities[rest[2]]
		part := parted[rest[:2]]
		if err != nil || !known || part == "" || len(rest) < 5+n || strings.ContainsFunc(rest[5:5+n], func(r rune) bool { return r < ' ' || r > '~' }) {
			return errFormat
		}
		findings = append(findings, terminal.Finding{Part: part, Severity: severity, Word: rest[5 : 5+n]})
		rest = rest[5+n:]
	}
	if len(findings) == 0 {
		return errFormat
	}
	if err := x.host.Terminals.Report(ctx, x.session.terminal, findings); err != nil {
		return err
	}
	return x.acknowledge()
}

// signature takes what a cardholder signed on the terminal's screen (0820, 60.1 = 07, 60.3 = 800).
func (x *exchange) signature(ctx context.Context) error {
	if err := x.authenticate(ctx); err != nil {
		return err
	}
	batch, err := number(x.control.Batch)
	trace, err2 := number(x.in.Get(11))
	if err != nil || err2 != nil || !x.in.Has(62) || !x.in.Has(37) {
		return errFormat
	}
	if _, err := jbig.Decode(x.in.Bytes(62)); err != nil { // a signature is never replaced: what is no picture is not kept
		return errFormat.Because(err)
	}
	op, err := x.host.Payments.Made(ctx, x.session.terminal, batch, trace, x.in.Get(37))
	if err != nil {
		return err
	}
	if err := x.host.Receipts.Sign(ctx, op, x.in.Bytes(62), "terminal:"+x.session.terminal.Number); err != nil {
		return err
	}
	return x.acknowledge()
}
