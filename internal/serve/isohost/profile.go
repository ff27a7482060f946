package isohost

import (
	"context"

	"github.com/yifen-pay/yifen/internal/domain/terminal"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// profile is one dialect, as docs/terminal-leg.md lists them. Differences of dialects are data here, not cases
// in the code.
type profile struct {
	spec   *iso8583.Spec
	method cardcrypto.Method
	// forms says, by network management code 60.3 of a sign-in, how many bytes of keys the terminal gets in
	// field 62.
	forms map[string]int
}

// profiles has a row per dialect profile; a test holds that none is missing. Whether a sale's processing code is
// 000000 or 190000 (terminal.Profile190) is the same to the host.
var profiles = map[string]*profile{
	terminal.ProfileCUP: {iso8583.Terminal, cardcrypto.ECB, map[string]int{
		"001": terminal.FormSingle, "003": terminal.FormDouble, "004": terminal.FormTrack,
	}},
	terminal.ProfileX919: {iso8583.Terminal, cardcrypto.X919, map[string]int{
		"003": terminal.FormDoubleX919, "004": terminal.FormX919,
	}},
	terminal.Profile190:    {iso8583.Terminal, cardcrypto.ECB, map[string]int{"003": terminal.FormDouble, "004": terminal.FormTrack}},
	terminal.ProfileSingle: {iso8583.Terminal, cardcrypto.ECB, map[string]int{"001": terminal.FormSingle}},
	terminal.ProfileSM4:    {iso8583.TerminalSM4, cardcrypto.ECB, map[string]int{"004": terminal.FormSM4}},
}

// profileOf returns the dialect of a group of terminals.
func profileOf(g terminal.Group) *profile {
	if p, ok := profiles[g.Profile]; ok {
		return p
	}
	return profiles[terminal.ProfileCUP]
}

// unpack reads the message. The fields up to the terminal's number are alike in all dialects; what follows
// is read as the terminal's own dialect has it.
func (x *exchange) unpack(ctx context.Context) error {
	err := x.profile.spec.Unpack(x.frame.Body, &x.in)
	if err == nil || !x.in.Has(41) {
		return err
	}
	before := x.profile
	if x.identify(ctx, false) != nil || x.profile.spec == before.spec {
		return err
	}
	return x.profile.spec.Unpack(x.frame.Body, &x.in)
}

// adopt makes a session that of the exchange. A message that was read in another dialect is read again.
func (x *exchange) adopt(s session) error {
	before := x.profile
	x.session, x.profile = s, profileOf(s.group)
	if x.profile.spec == before.spec {
		return nil
	}
	if err := x.profile.spec.Unpack(x.frame.Body, &x.in); err != nil {
		return errFormat.Because(err)
	}
	return nil
}
