package pos

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/wire/emv"
)

// Download is something that a terminal fetches from its host, or sends to it, on demand.
type Download string

// The downloads, and the upload of the terminal's state.
const (
	TerminalParameters Download = "parameters"
	PublicKeys         Download = "keys"
	Applications       Download = "aids"
	UpdateNotice       Download = "notice"
	CardBlacklist      Download = "blacklist"
	CardBINs           Download = "bins"
	Contactless        Download = "contactless"
	TerminalState      Download = "state"
)

// Downloads returns what [Terminal.Download] takes.
func Downloads() []Download {
	return []Download{
		TerminalParameters, PublicKeys, Applications, Contactless, CardBlacklist, CardBINs, UpdateNotice, TerminalState,
	}
}

// Name returns what the download is called.
func (d Download) Name() Text { return downloadNames[d] }

var downloadNames = map[Download]Text{
	TerminalParameters: {"终端参数", "terminal parameters"}, PublicKeys: {"CA 公钥", "CA public keys"},
	Applications: {"IC 卡参数", "chip applications"}, UpdateNotice: {"更新通知", "update notice"},
	CardBlacklist: {"卡黑名单", "card blacklist"}, CardBINs: {"卡 BIN 表", "card table"},
	Contactless: {"非接参数", "contactless parameters"}, TerminalState: {"状态上送", "status upload"},
}

// requirementDownload is what the sixth digit of the header asks for; 3, a sign-in, is none of it.
var requirementDownload = map[int]Download{
	1: TerminalParameters, 2: TerminalState, 4: PublicKeys, 5: Applications, 6: UpdateNotice, 7: CardBlacklist,
	8: CardBINs, 9: Contactless,
}

// path is how a download travels: the network management codes (60.3) of its messages.
type path struct{ query, part, end string }

var paths = map[Download]path{
	TerminalParameters: {part: "360", end: "361"},
	PublicKeys:         {query: "372", part: "370", end: "371"},
	Applications:       {query: "382", part: "380", end: "381"},
	UpdateNotice:       {part: "398", end: "399"},
	CardBlacklist:      {part: "390", end: "391"},
	Contactless:        {part: "394", end: "395"},
	CardBINs:           {part: "396", end: "397"},
}

// partsMax bounds a download: nn of a query has two digits.
const partsMax = 99

// Download fetches something from the host and takes it into use, wholly or not at all; [TerminalState] is an
// upload. It is no longer due then.
func (t *Terminal) Download(ctx context.Context, what Download) (Outcome, error) {
	if t.Training() {
		return Outcome{}, ErrTraining
	}
	o, err := t.download(ctx, what)
	o.What = what
	return o, err
}

func (t *Terminal) download(ctx context.Context, what Download) (Outcome, error) {
	if what == TerminalState {
		return t.uploadState(ctx)
	}
	way, known := paths[what]
	if !known {
		return Outcome{}, refuse("未知的下载项", fmt.Sprintf("unknown download %q, use one of %v", what, Downloads()))
	}
	params := t.mem.Params
	params.LoadedAt = maps.Clone(params.LoadedAt)
	items, o, err := t.fetch(ctx, what, way, &params)
	if err != nil || !o.Approved {
		return o, err
	}
	if params.LoadedAt == nil {
		params.LoadedAt = map[Download]time.Time{}
	}
	params.LoadedAt[what] = t.now().Truncate(time.Second)
	before := t.mem.Params
	t.mem.Params = params
	t.applyParameters()
	if err := t.save(); err != nil {
		t.mem.Params = before
		t.applyParameters()
		return Outcome{}, err
	}
	t.config.Cut("download_after_flash")
	// By the end the host knows which version the terminal holds. Until it is answered the download is due.
	if o, err = t.ask(ctx, "0800", way.end, nil); err != nil || !o.Approved {
		return o, err
	}
	t.mem.Due = slices.DeleteFunc(t.mem.Due, func(d Download) bool { return d == what })
	o.Items = items
	return o, t.save()
}

// ask exchanges one message of a download.
func (t *Terminal) ask(ctx context.Context, mti, network string, f62 []byte) (Outcome, error) {
	m := t.begin(mti, "00", network)
	if f62 != nil {
		m.SetBytes(62, f62)
	}
	if err := t.exchange(ctx, m, "download_"); err != nil {
		return Outcome{Kind: Load}, err
	}
	o := t.outcome(Load)
	if err := t.check(m, o.Approved); err != nil {
		return Outcome{Kind: Load}, err
	}
	o.Unknown = false // nothing is reversed here
	return o, nil
}

// fetch fills params with the parts of a download and returns how many items they hold.
func (t *Terminal) fetch(ctx context.Context, what Download, way path, params *Parameters) (int, Outcome, error) {
	switch what {
	case TerminalParameters:
		o, err := t.ask(ctx, "0800", way.part, nil)
		if err != nil || !o.Approved {
			return 0, o, err
		}
		n, err := params.parseItems(t.ans.Get(62))
		return n, o, err
	case Contactless, UpdateNotice:
		o, err := t.ask(ctx, "0800", way.part, nil)
		if err != nil || !o.Approved {
			return 0, o, err
		}
		n, err := params.parsePart(what, t.ans.Bytes(62))
		return n, o, err
	case CardBlacklist:
		params.Blacklist = nil
		return t.list(ctx, "0800", way.part, func() int { return -1 }, func(entries []byte) (int, error) {
			n := 0
			err := parseNumbers(string(entries), 0, func(digits, _ string) {
				params.Blacklist = append(params.Blacklist, digits)
				n++
			})
			return n, err
		})
	case CardBINs:
		params.BINs = nil
		return t.list(ctx, "0800", way.part, func() int { return -1 }, func(entries []byte) (int, error) {
			n := 0
			err := parseNumbers(string(entries), 2+1+3, func(prefix, rest string) {
				params.BINs = append(params.BINs, BIN{
					Prefix: prefix, Length: int(number(rest[:2])), Kind: rest[2:3], Organization: strings.TrimSpace(rest[3:]),
				})
				n++
			})
			return n, err
		})
	case PublicKeys:
		return t.fetchKeys(ctx, way, params)
	default:
		return t.fetchApplications(ctx, way, params)
	}
}

// parsePart reads an answer that holds everything behind its first digit.
func (p *Parameters) parsePart(what Download, f62 []byte) (int, error) {
	if len(f62) == 0 || f62[0] != '1' {
		if what == UpdateNotice {
			p.Notice = nil
			return 0, nil
		}
		return 0, fmt.Errorf("%w: the host has none", ErrUnsound)
	}
	if what == Contactless {
		return p.parseContactless(f62[1:])
	}
	if len(f62) < 1+12 {
		return 0, fmt.Errorf("%w: the notice is too short", ErrUnsound)
	}
	p.Notice = &Notice{Version: strings.TrimSpace(string(f62[1:13])), Address: decodeText(string(f62[13:]))}
	return 1, nil
}

// list asks for a list part by part. The number nn in a query is what received returns, or the parts that came
// so far when that is negative.
func (t *Terminal) list(ctx context.Context, mti, network string, received func() int, take func([]byte) (int, error)) (int, Outcome, error) {
	total := 0
	for part := range partsMax {
		nn := received()
		if nn < 0 {
			nn = part
		}
		o, err := t.ask(ctx, mti, network, fmt.Appendf(nil, "1%02d", nn))
		if err != nil || !o.Approved {
			return total, o, err
		}
		f62 := t.ans.Bytes(62)
		if len(f62) == 0 || f62[0] == '0' {
			return total, o, nil
		}
		n, err := take(slices.Clone(f62[1:]))
		if err != nil {
			return total, o, err
		}
		total += n
		if f62[0] != '2' || n == 0 {
			return total, o, nil
		}
	}
	return total, Outcome{}, fmt.Errorf("%w: a list without an end", ErrUnsound)
}

// keyEntry is the size of an entry in the list of public keys: 9F06 with the RID, 9F22 with the index, DF05
// with the expiry; keyName the part of it that asks for the key.
const (
	keyEntry = 8 + 4 + 11
	keyName  = 8 + 4
)

func (t *Terminal) fetchKeys(ctx context.Context, way path, params *Parameters) (int, Outcome, error) {
	var entries [][]byte
	n, o, err := t.list(ctx, "0820", way.query, func() int { return len(entries) }, func(list []byte) (int, error) {
		if len(list)%keyEntry != 0 {
			return 0, fmt.Errorf("%w: the list of keys ends inside an entry", ErrUnsound)
		}
		for entry := range slices.Chunk(list, keyEntry) {
			entries = append(entries, entry)
		}
		return len(list) / keyEntry, nil
	})
	if err != nil || !o.Approved {
		return n, o, err
	}
	params.Keys = nil
	for _, entry := range entries {
		tlv, o, err := t.fetchTLV(ctx, way, entry[:keyName])
		if err != nil || !o.Approved {
			return n, o, err
		}
		list, err := emv.Parse(entry)
		if err != nil {
			return n, o, fmt.Errorf("%w: %w", ErrUnsound, err)
		}
		params.Keys = append(params.Keys, CAKey{
			RID:    strings.ToUpper(hex.EncodeToString(list.Get(emv.TerminalApplicationID))),
			Index:  strings.ToUpper(hex.EncodeToString(list.Get(emv.KeyIndex))),
			Expiry: string(list.Get(emv.KeyExpiry)), TLV: tlv,
		})
	}
	return n, o, nil
}

func (t *Terminal) fetchApplications(ctx context.Context, way path, params *Parameters) (int, Outcome, error) {
	var entries emv.List
	n, o, err := t.list(ctx, "0820", way.query, func() int { return len(entries) }, func(raw []byte) (int, error) {
		list, err := emv.Parse(raw)
		if err != nil {
			return 0, fmt.Errorf("%w: %w", ErrUnsound, err)
		}
		entries = append(entries, list...)
		return len(list), nil
	})
	if err != nil || !o.Approved {
		return n, o, err
	}
	params.AIDs = nil
	for _, entry := range entries {
		tlv, o, err := t.fetchTLV(ctx, way, emv.Append(nil, entry.Tag, entry.Value))
		if err != nil || !o.Approved {
			return n, o, err
		}
		params.AIDs = append(params.AIDs, AID{ID: strings.ToUpper(hex.EncodeToString(entry.Value)), TLV: tlv})
	}
	return n, o, nil
}

// fetchTLV asks for one entry of a list.
func (t *Terminal) fetchTLV(ctx context.Context, way path, name []byte) ([]byte, Outcome, error) {
	o, err := t.ask(ctx, "0800", way.part, name)
	if err != nil || !o.Approved {
		return nil, o, err
	}
	f62 := t.ans.Bytes(62)
	if len(f62) == 0 || f62[0] != '1' {
		return nil, o, fmt.Errorf("%w: the host lists an entry and does not have it", ErrUnsound)
	}
	if _, err := emv.Parse(f62[1:]); err != nil {
		return nil, o, fmt.Errorf("%w: %w", ErrUnsound, err)
	}
	return slices.Clone(f62[1:]), o, nil
}

// uploadState sends what the terminal finds of itself, and what the doctor last found of the network (0820,
// 60.3 = 362).
func (t *Terminal) uploadState(ctx context.Context) (Outcome, error) {
	m := t.begin("0820", "00", "362")
	findings := append(t.Examine(), t.route...)
	if t.route == nil { // the doctor was not asked yet; that this travels says that there is a way
		findings = append(findings, Finding{Part: PartNetwork, Word: "ok"}, Finding{Part: PartClock, Word: "ok"})
	}
	slices.SortStableFunc(findings, func(a, b Finding) int { return cmp.Compare(a.Part, b.Part) })
	m.Set(62, formatFindings(findings))
	o, err := t.manage(ctx, StatusUpload)
	if err != nil || !o.Approved {
		return o, err
	}
	t.mem.Due = slices.DeleteFunc(t.mem.Due, func(d Download) bool { return d == TerminalState })
	o.Items = len(findings)
	return o, t.save()
}

// formatFindings returns F62 of a status upload: of each finding its part (two digits), state (one), length
// (two) and code word.
func formatFindings(findings []Finding) string {
	var out strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&out, "%02d%d%02d%s", f.Part, f.State, len(f.Word), f.Word)
	}
	return out.String()
}
