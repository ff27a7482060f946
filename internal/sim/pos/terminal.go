package pos

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

// timeoutDefault is how long a terminal waits for a connection and for an answer.
const timeoutDefault = 60 * time.Second

// linesMax is how many transactions a batch holds: the counts in F48 have three digits.
const linesMax = 999

// pendingTries is how often something pending is sent before the terminal gives up for now, unless the
// parameters say otherwise.
const pendingTries = 3

// Config says what terminal it is. What is left at its zero value comes from the flash, and where the
// flash has none either, from the defaults named here.
type Config struct {
	Terminal     string // F41, 8 characters
	Merchant     string // F42, 15 characters
	MerchantName string // printed when the host sends none
	TMK          []byte // terminal master key, 8 or 16 bytes
	Keyless      bool   // opens without a master key too: the terminal can fetch one and nothing else
	Operator     string // two digits, default 01
	TPDU         string // ten digits, default 6000010000
	Serial       string // of the hardware; when given, requests carry it and its proof in F59

	Address        string      // host:port
	Backup         string      // another address of the host, over another network
	TLS            *tls.Config // nil: plain TCP
	KeepAlive      bool        // one connection for many messages; otherwise one for each
	ConnectTimeout time.Duration
	AnswerTimeout  time.Duration

	// Profile is one of [Profiles]: what the acquirer's test book fixes. The fields below overrule it. Under
	// another than before the terminal has to sign in.
	Profile   string
	MAC       cardcrypto.Method // of messages
	KeyScheme string            // 60.3 of a sign-in: 001 single DES, 003 double, 004 double and track key
	Header    string            // of a frame, twelve digits
	ANI       []byte            // 14 bytes between TPDU and header, for acquirers that want the calling line's number
	Gateway   string            // path of a gateway that takes frames by HTTP POST, such as [GatewayPath]

	Partial   bool // takes an approval of part of the amount, whatever the parameters say
	Operators bool // asks for operators and the supervisor's password
	// Unchecked sends what a sound terminal refuses by itself: a stripe instead of the chip, what parameters
	// and blacklist forbid. It is for tests of a host.
	Unchecked bool
	// Encode turns a signature of one bit a pixel into JBIG (ITU-T T.82); nil: no signatures.
	Encode func(image.Image) ([]byte, error)

	Flash     string // path of the flash file; "" keeps everything in memory only
	FlashKey  []byte // 32 bytes; empty: a key file beside the flash file
	NoJournal bool   // keep no lines: endless batches for load tests, without void, reprint and totals

	Now    func() time.Time   // default the system's clock
	Random io.Reader          // of the unpredictable numbers of chips, default the system's
	Cut    func(point string) // called at each of [CutPoints], [QuietCutPoints] and [KeyCutPoints]; a test loses power here
}

// CutPoints returns the names of the moments at which [Config.Cut] is called, in the order in which a
// transaction, a reversal and a batch close pass them.
func CutPoints() []string {
	return []string{
		"before_flash", "before_send", "after_send", "after_answer", "after_flash", "before_print",
		"reversal_before_send", "reversal_after_send", "reversal_after_answer", "reversal_after_flash",
		"settle_before_flash", "settle_before_send", "settle_after_send", "settle_after_answer", "settle_after_flash",
		"upload_before_send", "upload_after_send", "upload_after_answer", "upload_after_flash",
		"before_clear", "after_clear",
	}
}

// QuietCutPoints returns those that an errand (a script result, a signature) and a download pass.
func QuietCutPoints() []string {
	return []string{
		"errand_before_send", "errand_after_send", "errand_after_answer", "errand_after_flash",
		"download_before_send", "download_after_send", "download_after_answer", "download_after_flash",
	}
}

// shanghai is the time zone of the dialect.
var shanghai = time.FixedZone("CST", 8*60*60)

// Terminal is a card terminal. It is used by one goroutine at a time.
type Terminal struct {
	config  Config
	profile profile
	spec    *iso8583.Spec
	tmk     *cardcrypto.Key
	frame   iso8583.Frame // TPDU and header
	flash   *flash
	mem     *memory
	link    link
	keys    workingKeys

	route      []Finding // of network and clock, as the doctor last found them
	faulted    string    // the card whose chip could not be read just now
	supervised bool      // the supervisor's password was given for the next guarded transaction
	real       *station

	requirement int             // of the last answer
	req, ans    iso8583.Message // reused
	body        []byte
	packed      []byte // the last frame sent
	read        []byte // the last frame received
}

// workingKeys are the keys of a session. The zero value is a terminal that is not signed in.
type workingKeys struct{ pin, mac, track *cardcrypto.Key }

// Open returns the terminal that config and its flash describe. Nothing is sent.
func Open(config Config) (*Terminal, error) {
	if config.Cut == nil {
		config.Cut = func(string) {}
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Random == nil {
		config.Random = rand.Reader
	}
	flash, mem, err := openFlash(config.Flash, config.FlashKey)
	if err != nil {
		return nil, err
	}
	t := &Terminal{config: config, flash: flash, mem: mem}
	if err := t.start(); err != nil {
		return nil, errors.Join(err, flash.close())
	}
	return t, nil
}

// start merges config and flash.
func (t *Terminal) start() error {
	c := &t.config
	if t.mem == nil {
		t.mem = &memory{Terminal: c.Terminal, Merchant: c.Merchant, Batch: 1}
	}
	m := t.mem
	c.Profile = cmp.Or(c.Profile, m.Profile)
	var err error
	if t.profile, err = c.resolve(); err != nil {
		return err
	}
	t.spec = t.profile.spec()
	if m.Profile != t.profile.name { // keys of another make
		if m.Profile != "" {
			m.WorkingKeys, m.SignedIn = nil, false
		}
		m.Profile = t.profile.name
	}
	if c.Terminal != "" && c.Terminal != m.Terminal || c.Merchant != "" && c.Merchant != m.Merchant {
		return ErrFlashOwner
	}
	if len(m.Terminal) != 8 || len(m.Merchant) != 15 {
		return refuse("需要终端号（8 位）和商户号（15 位）",
			"a terminal needs its number (8 characters) and its merchant's (15 characters)")
	}
	m.Address = cmp.Or(c.Address, m.Address)
	m.TPDU = cmp.Or(c.TPDU, m.TPDU, "6000010000")
	m.Operator = cmp.Or(c.Operator, m.Operator, "01")
	m.MerchantName = cmp.Or(m.MerchantName, c.MerchantName)
	if !digits(m.Operator) || len(m.Operator) > 3 {
		return refuse("操作员号应为一到三位数字", "an operator is a number of one to three digits")
	}
	tpdu, err := hex.DecodeString(m.TPDU)
	if err != nil || len(tpdu) != 5 || !digits(m.TPDU) {
		return refuse("TPDU 应为十位数字，如 6000010000", "a TPDU is ten digits such as 6000010000")
	}
	header, err := c.head()
	if err != nil {
		return err
	}
	if len(c.ANI) != 0 && len(c.ANI) != aniLen {
		return fmt.Errorf("the number of the calling line takes %d bytes", aniLen)
	}
	t.frame = iso8583.Frame{TPDU: [5]byte(tpdu), Header: header}
	if len(c.TMK) > 0 && string(c.TMK) != string(m.TMK) {
		m.TMK, m.WorkingKeys, m.SignedIn = c.TMK, nil, false
	}
	switch {
	case len(m.TMK) > 0:
		if t.tmk, err = t.profile.key(m.TMK); err != nil {
			return fmt.Errorf("%w: %w", errMasterKey, err)
		}
	case !c.Keyless:
		return errNoTMK
	}
	if m.WorkingKeys != nil {
		if t.keys, err = t.openKeys(m.WorkingKeys); err != nil {
			return err
		}
	}
	if m.Counters == nil {
		m.Counters = map[string]uint16{}
	}
	t.link = link{
		address: m.Address, tls: c.TLS, keep: c.KeepAlive, gateway: c.Gateway, ani: c.ANI, backup: c.Backup,
		connect: cmp.Or(c.ConnectTimeout, timeoutDefault),
	}
	t.applyParameters()
	return t.flash.save(m)
}

// Close ends the connection and lets go of the flash file, which is always up to date.
func (t *Terminal) Close() error {
	t.link.close()
	return t.flash.close()
}

// save makes the memory durable.
func (t *Terminal) save() error {
	if t.Training() { // nothing of it is kept
		return nil
	}
	return t.flash.save(t.mem)
}

// now is the terminal's clock, which follows the host's.
func (t *Terminal) now() time.Time { return t.config.Now().Add(t.mem.ClockOffset).In(shanghai) }

// nextTrace returns the next trace that no line of the open batch has, 1 after 999999.
func (t *Terminal) nextTrace() string {
	for {
		t.mem.Trace = wrap(t.mem.Trace)
		trace := six(t.mem.Trace)
		if !slices.ContainsFunc(t.mem.Journal, func(l line) bool { return l.Slip.Trace == trace }) {
			return trace
		}
	}
}

// wrap returns the number after n, of those that six digits hold and zero is not one.
func wrap(n int) int { return n%999999 + 1 }

func six(n int) string {
	text := strconv.Itoa(n)
	return "000000"[:6-len(text)] + text
}

// begin empties the request and sets what every message has.
func (t *Terminal) begin(mti, kind, network string) *iso8583.Message {
	m := &t.req
	m.Reset()
	m.SetMTI(mti)
	m.Set(11, t.nextTrace())
	m.Set(41, t.mem.Terminal)
	m.Set(42, t.mem.Merchant)
	m.Set(60, iso8583.F60{Type: kind, Batch: six(t.mem.Batch), Network: network}.String())
	return m
}

// operator is F63 of a request.
func (t *Terminal) operator() string { return (t.mem.Operator + "   ")[:3] }

// Pack returns m as the terminal would send it, with its length: a message that carries a MAC gets one,
// unless it already has a field 64, which is then sent as it is.
func (t *Terminal) Pack(m *iso8583.Message) ([]byte, error) {
	sign := (carriesMAC(m.MTI()) || isSignature(m)) && !m.Has(64) && t.keys.mac != nil
	if sign {
		m.SetBytes(64, make([]byte, 8))
		defer m.Unset(64)
	}
	var err error
	if t.body, err = t.spec.Append(t.body[:0], m); err != nil {
		return nil, err
	}
	if sign {
		covered := iso8583.MACInput(t.body, t.spec)
		mac, err := cardcrypto.MAC(t.profile.mac, t.keys.mac, covered)
		if err != nil {
			return nil, err
		}
		copy(t.body[len(covered):], mac[:])
	}
	f := t.frame
	f.Body = t.body
	if mode := m.Get(22); len(mode) == 3 && (mode[:2] == "05" || mode[:2] == "07") {
		f.Header[0] = 0x61 // IC finance
	}
	t.packed = iso8583.AppendFrame(t.packed[:0], f)
	return t.packed, nil
}

// carriesMAC reports whether messages of a type end with a MAC: those that move money or undo it.
func carriesMAC(mti string) bool {
	return len(mti) == 4 && (mti[:2] == "01" || mti[:2] == "02" || mti[:2] == "04" || mti[:2] == "06")
}

// isSignature reports whether m uploads a signature, which is signed although it moves no money.
func isSignature(m *iso8583.Message) bool {
	return m.MTI() == "0820" && strings.HasPrefix(m.Get(60), signatureCode)
}

// exchange sends m and reads the answer into t.ans. Cut points are named after the prefix.
func (t *Terminal) exchange(ctx context.Context, m *iso8583.Message, prefix string) error {
	frame, err := t.Pack(m)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	if t.Hardware().Signal == "none" && !t.Training() {
		return fmt.Errorf("%w: %w", ErrNotSent, ErrNoSignal)
	}
	t.config.Cut(prefix + "before_send")
	if err := t.link.send(ctx, frame); err != nil {
		return err
	}
	t.config.Cut(prefix + "after_send")
	for stale := 0; ; stale++ {
		if t.read, err = t.link.receive(ctx, t.read[:0]); err != nil {
			return err
		}
		if err := t.unpack(t.read); err != nil {
			t.link.close() // what else comes on this connection cannot be told from the answer
			return fmt.Errorf("%w: %w", ErrUnsound, err)
		}
		// On a kept connection a host may repeat an answer that it gave before.
		if t.link.conn == nil || stale == staleMax || t.ans.Get(11) == m.Get(11) {
			break
		}
	}
	t.config.Cut(prefix + "after_answer")
	return nil
}

// staleMax is how many answers to other requests a terminal passes over before it takes one for its own.
const staleMax = 3

// unpack reads a frame into t.ans.
func (t *Terminal) unpack(frame []byte) error {
	f, err := iso8583.ParseFrame(frame[2:])
	if err != nil {
		return err
	}
	t.requirement = int(f.Requirement())
	return t.spec.Unpack(f.Body, &t.ans)
}

// Exchange sends any message and returns the answer, which belongs to the terminal until its next act. It
// adds a MAC as [Terminal.Pack] does, and touches neither journal nor flash: it is for tests of a host.
func (t *Terminal) Exchange(ctx context.Context, m *iso8583.Message) (*iso8583.Message, error) {
	frame, err := t.Pack(m)
	if err != nil {
		return nil, err
	}
	if _, err := t.ExchangeRaw(ctx, frame); err != nil {
		return nil, err
	}
	if err := t.unpack(t.read); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsound, err)
	}
	return &t.ans, nil
}

// ExchangeRaw sends bytes as they are, length included, and returns the answer's frame with its length. The
// answer belongs to the terminal until its next act.
func (t *Terminal) ExchangeRaw(ctx context.Context, frame []byte) ([]byte, error) {
	if err := t.link.send(ctx, frame); err != nil {
		return nil, err
	}
	var err error
	t.read, err = t.link.receive(ctx, t.read[:0])
	return t.read, err
}

// repeated are the fields of a request that an answer repeats, F4 aside.
var repeated = [...]int{3, 11, 25, 41, 42, 49}

// check reports whether t.ans is a sound answer to req. A decline may leave fields out; an approval may not.
func (t *Terminal) check(req *iso8583.Message, approved bool) error {
	err := t.compare(req, approved)
	if err != nil {
		t.link.close() // the answer may still be on its way; it must not meet the next request
	}
	return err
}

func (t *Terminal) compare(req *iso8583.Message, approved bool) error {
	if t.ans.MTI() != iso8583.AnswerMTI(req.MTI()) {
		return fmt.Errorf("%w: message type %s", ErrUnsound, t.ans.MTI())
	}
	for _, field := range repeated {
		optional := field != 11 && field != 41 && !approved
		if req.Has(field) && t.ans.Get(field) != req.Get(field) && !(optional && !t.ans.Has(field)) {
			return fmt.Errorf("%w: field %d differs", ErrUnsound, field)
		}
	}
	if !approved {
		return nil
	}
	if req.Has(4) && t.ans.Get(39) != "10" && t.ans.Get(4) != req.Get(4) {
		return fmt.Errorf("%w: the amount differs", ErrUnsound)
	}
	if carriesMAC(req.MTI()) {
		for _, field := range [...]int{32, 37} {
			if t.ans.Get(field) == "" {
				return fmt.Errorf("%w: field %d is missing", ErrUnsound, field)
			}
		}
	}
	return nil
}

// macSound reports whether the answer in t.read may be believed: its MAC is right, or it has none and
// needs none.
func (t *Terminal) macSound(needed bool) bool {
	if !t.ans.Has(64) {
		return !needed
	}
	f, err := iso8583.ParseFrame(t.read[2:])
	if err != nil || t.keys.mac == nil {
		return false
	}
	return cardcrypto.VerifyMAC(t.profile.mac, t.keys.mac, iso8583.MACInput(f.Body, t.spec), t.ans.Bytes(64))
}

// note remembers what the host asks for by the sixth digit of the header of t.ans.
func (t *Terminal) note() {
	if t.requirement == 3 {
		t.mem.SignedIn = false
	}
	if due := requirementDownload[t.requirement]; due != "" && !slices.Contains(t.mem.Due, due) {
		t.mem.Due = append(t.mem.Due, due)
	}
}

// codeWrongPIN is also what a host answers that wanted a PIN and got none.
const codeWrongPIN = "55"

// outcome starts the outcome of a request from the answer in t.ans, and notes what the host asks for.
func (t *Terminal) outcome(kind Kind) Outcome {
	t.note()
	o := Outcome{Kind: kind, Trace: t.req.Get(11), Batch: t.req.Get(60)[2:8], Requirement: t.requirement}
	o.explain(Explain(t.ans.Get(39)))
	if byCode(&t.req) {
		o.explain(ExplainWallet(t.ans.Get(39)))
	}
	if o.Code == codeWrongPIN && !t.req.Has(52) {
		o.TextZH, o.TextEN = "需要密码", "A PIN is needed"
		o.AdviceZH, o.AdviceEN = "没有输入密码：请重做交易，并请顾客输入密码。", "No PIN was entered: try again and have the cardholder enter it."
	}
	o.RRN, o.AuthCode = t.ans.Get(37), t.ans.Get(38)
	return o
}
