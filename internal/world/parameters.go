package world

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/yifen-pay/yifen/internal/app"
	"github.com/yifen-pay/yifen/internal/domain/terminal"
)

// demoAuthor is who published the demo's parameters.
const demoAuthor = "demo"

// demoTransactions are the switches of a terminal that may do everything: the sixteen transactions of
// docs/terminal-leg.md.
const demoTransactions terminal.Switches = 0xFFFF << 48

// demoApplications are the chip applications of the demo's cards, with what terminals hold of each: selection,
// version, action codes, floor limits, chances of going online, the elements of the chip's random number, PIN,
// and the limits of taps.
var demoApplications = []terminal.Application{
	{AID: "A000000333010101", Data: demoApplication},
	{AID: "A000000333010102", Data: demoApplication},
	{AID: "A000000333010103", Data: demoApplication},
	{AID: "A0000000031010", Data: demoApplication},
}

const demoApplication = "DF0101009F08020030DF1105D84000A800DF1205D84004F800DF130500100000009F1B0400000000DF150400000000DF160199DF170199" +
	"DF14039F3704DF1801019F7B06000000100000DF1906000000000000DF2006000005000000DF2106000000100000"

// furnishParameters publishes what the demo's terminals download and assigns it to their group, once.
func furnishParameters(ctx context.Context, a *app.App) error {
	group, err := a.Terminals.Group(ctx, terminal.Terminal{})
	if err != nil {
		return err
	}
	if group.UpdatedAt == 0 {
		if err := a.Terminals.SaveGroup(ctx, terminal.Group{Name: "演示终端 demo terminals", Profile: terminal.ProfileCUP}, demoAuthor); err != nil {
			return err
		}
	}
	key, err := demoCAKey()
	if err != nil {
		return err
	}
	var bins []terminal.BINRow
	for _, b := range demoBINs {
		bins = append(bins, terminal.BINRow{Prefix: b.Prefix, Length: b.Length, Kind: b.Kind, Organization: b.Organization})
	}
	for _, p := range []struct {
		kind    terminal.Kind
		content any
	}{
		{terminal.Settings, terminal.Behavior{
			TimeoutSeconds: 60, Dials: 3, Tips: true, TipPercent: 15, Manual: true, ReversalTries: 3, Switches: demoTransactions,
		}},
		{terminal.CAKeys, []terminal.CAKey{key}},
		{terminal.Applications, demoApplications},
		{terminal.Contactless, terminal.TapRules{On: true, LimitFen: 50_000_00, NoPINFen: terminal.NoSignatureMax, NoSignatureFen: terminal.NoSignatureMax}},
		{terminal.Blacklist, []terminal.Blocked{{Prefix: "6299990000"}}},
		{terminal.BINs, bins},
	} {
		if group.Assigned.Of(p.kind) != 0 {
			continue // by an earlier start, or by another node
		}
		set, err := a.Terminals.Publish(ctx, p.kind, p.content, demoAuthor)
		if errors.Is(err, terminal.ErrPublished) {
			continue // another node is at it
		}
		if err != nil {
			return err
		}
		if err := a.Terminals.Assign(ctx, terminal.DefaultGroup, p.kind, set.Version, demoAuthor); err != nil {
			return err
		}
	}
	return nil
}

// demoCAKey makes a public key of the demo's own under the scheme's identifier: the chips of the demo's cards
// sign online only, so nobody uses it, but terminals fetch and show it.
func demoCAKey() (terminal.CAKey, error) {
	const rid, index, bits = "A000000333", "F0", 1408
	private, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return terminal.CAKey{}, err
	}
	modulus, exponent := private.N.Bytes(), fmt.Sprintf("%06X", private.E)
	covered, err := hex.DecodeString(rid + index + hex.EncodeToString(modulus) + exponent)
	if err != nil {
		return terminal.CAKey{}, err
	}
	check := sha1.Sum(covered) // EMV Book 2, annex B3
	return terminal.CAKey{
		RID: rid, Index: index, Expiry: "20331231", Modulus: hex.EncodeToString(modulus), Exponent: exponent, Check: hex.EncodeToString(check[:]),
	}, nil
}
