package pos_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math/big"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/sim/pos"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/emv"
	"github.com/yifen-pay/yifen/internal/wire/iso8583"
)

const (
	terminalNumber = "29000001"
	merchantNumber = "898290054110001"
	masterKey      = "0123456789ABCDEFFEDCBA9876543210"
)

// host is an acquirer as the terminal dialect describes it, small enough to be read at once: it checks what
// terminals send, keeps books by trace, and misbehaves as told.
type host struct {
	t        *testing.T
	listener net.Listener
	method   cardcrypto.Method
	tmk      string
	pin      *cardcrypto.Key
	mac      *cardcrypto.Key
	track    *cardcrypto.Key

	mu          sync.Mutex
	more        *sync.Cond // of handled
	handled     int        // messages
	connections int
	batch       int
	books       map[string]*booking // by message type and trace
	closed      map[string]string   // answered F48 by trace
	agreed      []bool              // per batch, whether the terminal's totals were the host's
	log         []string            // type, trace and F39 of what came
	lines       []iso8583.Detail    // uploaded
	ends        []string            // F48 of the messages that ended the details
	// code decides the answer of a request that the host would approve, "" to leave it.
	code func(req *iso8583.Message) string
	// twist changes an answer before it is signed; it returns false to send none.
	twist func(req, ans *iso8583.Message) bool
	// forge changes the answer's frame.
	forge func(frame []byte)
	// twice sends every answer two times.
	twice bool
	// unequal makes the totals differ.
	unequal bool

	spec       *iso8583.Spec
	sm4        bool
	ani        bool
	script     bool // answer chips with a script
	ask        byte // the sixth digit of the header of answers
	requests   []iso8583.Message
	scripts    int               // results that came
	signatures map[string][]byte // F62 by trace
	state      string            // F62 of the last status upload
	loads      map[string]func(f62 string) []byte
	ended      []string // codes of downloads that were ended
	partial    int64    // approve no more than this where the terminal takes a part
}

type booking struct {
	batch      int
	amount     int64
	code       string // 60.1
	credit     bool
	counts     bool
	reversed   bool
	voided     bool
	rrn        string
	pan        string
	auth       string
	authorized int64    // of a pre-authorization, with what was added
	completed  bool     // of a pre-authorization
	of         *booking // what it acts on
	before     int64    // of an adjustment: what the sale was
}

// listener is short for what tests wrap.
type listener = net.Listener

func newHost(t *testing.T) *host { return newHostOn(t, func(l listener) listener { return l }) }

// newHostOn returns a host behind a listener that wrap makes of a plain one.
func newHostOn(t *testing.T, wrap func(listener) listener) *host {
	t.Helper()
	h := &host{
		t: t, method: cardcrypto.ECB, batch: 1, books: map[string]*booking{}, closed: map[string]string{}, tmk: masterKey,
		pin: desKey(t, "807A23AD32B36D457AE91FDF927570EA"), mac: desKey(t, "5BB5C72CD00B7338"),
		track: desKey(t, "89ABCDEF0123456776543210FEDCBA98"), spec: iso8583.Terminal, signatures: map[string][]byte{},
	}
	h.more = sync.NewCond(&h.mu)
	var err error
	if h.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	h.listener = wrap(h.listener)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := h.listener.Accept()
			if err != nil {
				return
			}
			h.behave(func(h *host) { h.connections++ })
			serving.Go(func() { h.serve(conn) })
			t.Cleanup(func() { conn.Close() })
		}
	})
	t.Cleanup(func() { h.listener.Close() })
	return h
}

func desKey(t testing.TB, text string) *cardcrypto.Key {
	t.Helper()
	key, err := cardcrypto.NewDESKey(unhex(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (h *host) address() string { return h.listener.Addr().String() }

func (h *host) serve(conn net.Conn) {
	defer conn.Close()
	for {
		var head [2]byte
		if _, err := io.ReadFull(conn, head[:]); err != nil {
			return
		}
		raw := make([]byte, binary.BigEndian.Uint16(head[:]))
		if _, err := io.ReadFull(conn, raw); err != nil {
			return
		}
		if h.ani {
			raw = slices.Delete(raw, 5, 5+14)
		}
		frame, err := iso8583.ParseFrame(raw)
		if err != nil {
			return
		}
		answer := h.answer(frame)
		if answer == nil {
			return // the terminal sees the connection end without an answer
		}
		if h.ani {
			answer = slices.Insert(answer, 2+5, make([]byte, 14)...)
			binary.BigEndian.PutUint16(answer, uint16(len(answer)-2))
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

func (h *host) answer(f iso8583.Frame) []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer func() {
		h.handled++
		h.more.Broadcast()
	}()
	var req, ans iso8583.Message
	if err := h.spec.Unpack(f.Body, &req); err != nil {
		h.t.Errorf("the terminal sent a frame that cannot be read: %v", err)
		return nil
	}
	whole := iso8583.AppendFrame(nil, f)
	if d := iso8583.Describe(h.spec, whole); len(d.Findings) > 0 {
		h.t.Errorf("%s has findings: %v", req.MTI(), d.Findings)
	}
	h.requests = append(h.requests, iso8583.Message{})
	kept := &h.requests[len(h.requests)-1]
	kept.SetMTI(req.MTI())
	kept.CopyFrom(&req, slices.Collect(req.Fields())...)
	h.log = append(h.log, req.MTI()+" "+req.Get(11)+" "+req.Get(39))
	ans.SetMTI(iso8583.AnswerMTI(req.MTI()))
	ans.CopyFrom(&req, 2, 3, 4, 11, 25, 41, 42, 49, 60)
	ans.Set(12, "123456")
	ans.Set(13, "1107")
	ans.Set(32, "00012900")
	code := "00"
	financial := slices.Contains([]string{"0100", "0200", "0220", "0400", "0620"}, req.MTI())
	signature := req.MTI() == "0820" && req.Get(60)[:2] == "07"
	covered := iso8583.MACInput(f.Body, h.spec)
	if (financial || signature) && !cardcrypto.VerifyMAC(h.method, h.mac, covered, req.Bytes(64)) {
		code = "A0"
	} else {
		code = h.handle(&req, &ans)
	}
	ans.Set(39, code)
	if h.twist != nil && !h.twist(&req, &ans) {
		return nil
	}
	body := h.pack(&ans, financial && code != "A0")
	reply := f.Reply(h.ask)
	reply.Body = body
	out := iso8583.AppendFrame(nil, reply)
	if h.forge != nil {
		h.forge(out)
	}
	if h.twice {
		out = append(out, out...)
	}
	return out
}

func (h *host) pack(ans *iso8583.Message, sign bool) []byte {
	if sign && !ans.Has(64) {
		ans.SetBytes(64, make([]byte, 8))
	} else {
		sign = false
	}
	body, err := h.spec.Append(nil, ans)
	if err != nil {
		h.t.Errorf("pack the answer: %v", err)
		return nil
	}
	if sign {
		covered := iso8583.MACInput(body, h.spec)
		mac, err := cardcrypto.MAC(h.method, h.mac, covered)
		if err != nil {
			h.t.Errorf("sign the answer: %v", err)
		}
		copy(body[len(covered):], mac[:])
	}
	return body
}

func (h *host) handle(req, ans *iso8583.Message) string {
	switch req.MTI() {
	case "0800", "0820":
		return h.manage(req, ans)
	case "0500":
		return h.settle(req, ans)
	case "0320":
		if details, err := iso8583.ParseDetails(req.Get(48)); err == nil && req.Get(60)[8:11] == "201" {
			h.lines = append(h.lines, details...)
		} else {
			h.ends = append(h.ends, req.Get(60)[8:11]+" "+req.Get(48))
		}
		return "00"
	case "0100", "0200", "0220":
		return h.book(req, ans)
	case "0620":
		h.scripts++
		ans.Set(37, req.Get(37))
		return "00"
	case "0400":
		return h.reverse(req)
	}
	return "00"
}

// manage answers what moves no money.
func (h *host) manage(req, ans *iso8583.Message) string {
	switch network := req.Get(60)[8:]; network {
	case "001", "003", "004":
		return h.signIn(req, ans)
	case "002", "301":
		return "00"
	case "362":
		h.state = req.Get(62)
		return "00"
	case "800":
		if _, have := h.signatures[req.Get(11)]; have {
			return "94"
		}
		h.signatures[req.Get(11)] = slices.Clone(req.Bytes(62))
		return "00"
	default:
		load := h.loads[network]
		switch {
		case load != nil:
			ans.SetBytes(62, load(req.Get(62)))
		case strings.HasSuffix(network, "1") || slices.Contains([]string{"395", "397", "399"}, network):
			h.ended = append(h.ended, network)
		default:
			return "40"
		}
		return "00"
	}
}

func (h *host) signIn(req, ans *iso8583.Message) string {
	tmk := desKey(h.t, h.tmk)
	if h.sm4 {
		var err error
		if tmk, err = cardcrypto.NewSM4Key(unhex(h.t, h.tmk)); err != nil {
			h.t.Error(err)
		}
	}
	var keys cardcrypto.WorkingKeys
	wrap := func(to *cardcrypto.Wrapped, key *cardcrypto.Key) {
		w, err := cardcrypto.Wrap(tmk, key)
		if err != nil {
			h.t.Errorf("wrap a key: %v", err)
		}
		*to = w
	}
	wrap(&keys.PIN, h.pin)
	wrap(&keys.MAC, h.mac)
	if req.Get(60)[8:] == "004" {
		wrap(&keys.Track, h.track)
	}
	f62, err := keys.Format()
	if h.sm4 {
		f62, err = cardcrypto.LayoutSM4.Format(keys)
	}
	if err != nil {
		h.t.Errorf("lay out the keys: %v", err)
	}
	ans.SetBytes(62, f62)
	ans.Set(37, "000000000001")
	ans.Set(60, fmt.Sprintf("00%06d%s", h.batch, req.Get(60)[8:]))
	const name = "\xd2\xbb\xb7\xd6\xb2\xe8\xd2\xb6\xb5\xea" // 一分茶叶店
	ans.Set(43, name+strings.Repeat(" ", 40-len(name)))
	return "00"
}

func (h *host) book(req, ans *iso8583.Message) string {
	key := req.MTI() + req.Get(11)
	if h.code != nil {
		if code := h.code(req); code != "" {
			return code
		}
	}
	f60, err := iso8583.ParseF60(req.Get(60))
	if err != nil || f60.Batch != fmt.Sprintf("%06d", h.batch) {
		return "77"
	}
	if req.Has(52) {
		pin, err := cardcrypto.DecryptPIN(h.pin, req.Bytes(52))
		if err != nil {
			return "99"
		}
		if text, err := cardcrypto.DecodePIN(pin, req.Get(2)); err != nil || !text.Equal("123456") {
			return "55"
		}
	}
	if !h.cryptogram(req, ans) {
		return "05"
	}
	if f60.Type == "01" {
		ans.Set(37, "000000000001")
		ans.Set(54, "0102156C000010000000")
		return "00"
	}
	amount, err := strconv.ParseInt(req.Get(4), 10, 64)
	if err != nil {
		return "13"
	}
	b := h.books[key]
	if b == nil {
		if h.partial > 0 && amount > h.partial && f60.Partial == "1" {
			amount = h.partial
		}
		b = &booking{
			batch: h.batch, amount: amount, code: f60.Type, rrn: fmt.Sprintf("%012d", len(h.books)+1), pan: req.Get(2),
			auth: fmt.Sprintf("A%05d", len(h.books)+1),
		}
		if code := h.enter(b, req); code != "00" {
			return code
		}
		h.books[key] = b
	}
	if b.amount != number(req.Get(4)) {
		ans.Set(4, fmt.Sprintf("%012d", b.amount))
	}
	ans.Set(37, b.rrn)
	ans.Set(38, b.auth)
	ans.Set(15, "1107")
	ans.Set(44, iso8583.Parties{Issuer: "01020000", Acquirer: "00012900"}.String())
	ans.Set(63, iso8583.Texts{Organization: "CUP"}.String())
	if f60.Partial == "1" && h.partial > 0 && b.amount == h.partial {
		return "10"
	}
	return "00"
}

func number(digits string) int64 {
	n, _ := strconv.ParseInt(digits, 10, 64)
	return n
}

// enter does to the books what a new transaction means.
func (h *host) enter(b *booking, req *iso8583.Message) string {
	switch b.code {
	case "22", "30":
		b.counts = true
	case "23":
		return h.take(b, h.byRRN(req.Get(37)), b.amount)
	case "25":
		if h.byRRN(req.Get(37)) == nil {
			return "25"
		}
		b.counts, b.credit = true, true
	case "32", "34":
		if b.of = h.byRRN(req.Get(37)); b.of == nil || b.of.voided {
			return "25"
		}
		b.before, b.of.amount = b.of.amount, b.amount
	case "21":
		completion := h.byRRN(req.Get(37))
		if code := h.take(b, completion, b.amount); code != "00" {
			return code
		}
		completion.of.completed = false
	case "10":
		b.authorized = b.amount
		if req.Get(25) != "60" {
			return "00"
		}
		if b.of = h.byAuth(req); b.of == nil {
			return "25"
		}
		b.of.authorized += b.amount
		b.authorized, b.auth = 0, b.of.auth
	case "11", "20", "24":
		if b.of = h.byAuth(req); b.of == nil {
			return "25"
		}
		switch {
		case b.code == "11" && b.amount != b.of.authorized:
			return "64"
		case b.code == "11":
			b.of.voided = true
		case b.amount > b.of.authorized*115/100:
			return "61"
		default:
			b.counts, b.of.completed = true, true
		}
	}
	return "00"
}

// take voids a sale or a completion.
func (h *host) take(b, original *booking, amount int64) string {
	if original == nil || original.voided || original.amount != amount {
		return "25"
	}
	b.counts, b.credit, b.of = true, true, original
	original.voided = true
	return "00"
}

// byAuth finds the authorization that F38 names.
func (h *host) byAuth(req *iso8583.Message) *booking {
	for _, b := range h.books {
		if b.authorized > 0 && b.auth == req.Get(38) && b.pan == req.Get(2) && !b.voided && !b.completed && !b.reversed {
			return b
		}
	}
	return nil
}

// cryptogram checks the chip's signature, when the request has one, and answers it.
func (h *host) cryptogram(req, ans *iso8583.Message) bool {
	if !req.Has(55) {
		return true
	}
	list, err := emv.Parse(req.Bytes(55))
	if err != nil || len(emv.Missing(list)) > 0 {
		h.t.Errorf("chip data: %v, missing %v", err, emv.Missing(list))
		return false
	}
	tx := cardcrypto.Transaction{Type: list.Get(emv.TransactionType)[0], IssuerData: list.Get(emv.IssuerApplicationData)}
	for tag, dst := range map[emv.Tag][]byte{
		emv.AmountAuthorized: tx.Amount[:], emv.AmountOther: tx.Other[:], emv.TerminalCountry: tx.Country[:],
		emv.VerificationResults: tx.TVR[:], emv.TransactionCurrency: tx.Currency[:], emv.TransactionDate: tx.Date[:],
		emv.UnpredictableNumber: tx.Unpredictable[:], emv.InterchangeProfile: tx.AIP[:], emv.TransactionCounter: tx.ATC[:],
	} {
		list.Copy(dst, tag)
	}
	key, err := cardcrypto.DeriveCardKey(desKey(h.t, pos.IssuerMasterKey), req.Get(2), req.Get(23)[1:])
	if err != nil {
		h.t.Errorf("derive the card key: %v", err)
		return false
	}
	if !cardcrypto.VerifyCryptogram(cardcrypto.PBOC01, key, &tx, list.Get(emv.Cryptogram)) {
		return false
	}
	code := [2]byte{'0', '0'}
	arpc, err := cardcrypto.ARPC(cardcrypto.PBOC01, key, tx.ATC, [8]byte(list.Get(emv.Cryptogram)), code)
	if err != nil {
		h.t.Errorf("answer the chip: %v", err)
	}
	f55 := emv.Append(nil, emv.IssuerAuthentication, append(arpc[:], code[:]...))
	if h.script {
		f55 = emv.Append(f55, emv.IssuerScript2, emv.Append(emv.Append(nil, emv.ScriptIdentifier, []byte{1, 2, 3, 4}), 0x86, []byte{0x84, 0x24, 0, 0, 0}))
	}
	ans.SetBytes(55, f55)
	return true
}

func (h *host) byRRN(rrn string) *booking {
	for _, b := range h.books {
		if b.rrn == rrn && b.counts && !b.credit && !b.reversed {
			return b
		}
	}
	return nil
}

func (h *host) reverse(req *iso8583.Message) string {
	b := h.books["0200"+req.Get(11)]
	if b == nil {
		b = h.books["0100"+req.Get(11)]
	}
	if b == nil {
		return "25"
	}
	if b.reversed {
		return "00"
	}
	b.reversed = true
	switch b.code {
	case "23":
		b.of.voided = false
	case "21":
		b.of.voided, b.of.of.completed = false, true
	case "10":
		if b.of != nil {
			b.of.authorized -= b.amount
		}
	case "11":
		b.of.voided = false
	case "20":
		b.of.completed = false
	}
	return "00"
}

func (h *host) settle(req, ans *iso8583.Message) string {
	asked, err := iso8583.ParseTotals(req.Get(48))
	if err != nil {
		return "30"
	}
	if answered, again := h.closed[req.Get(11)]; again {
		ans.Set(48, answered)
		return "00"
	}
	own := h.totals()
	agreed := asked.Domestic.Debit == own.Debit && asked.Domestic.Credit == own.Credit
	h.agreed = append(h.agreed, agreed)
	result := byte('1')
	if h.unequal || !agreed {
		result = '2'
	}
	asked.Domestic.Result, asked.Foreign.Result = result, '1'
	f48, err := asked.Format()
	if err != nil {
		return "30"
	}
	ans.Set(48, f48)
	h.closed[req.Get(11)] = f48
	h.batch++
	return "00"
}

// totals adds up the open batch.
func (h *host) totals() (half iso8583.Half) {
	for _, b := range h.books {
		if b.reversed || !b.counts || b.batch != h.batch {
			continue
		}
		sum := &half.Debit
		if b.credit {
			sum = &half.Credit
		}
		sum.Amount += b.amount
		sum.Count++
	}
	return half
}

// open returns the traces of what stands in the open batch, in order.
func (h *host) open() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var traces []string
	for key, b := range h.books {
		if b.batch == h.batch && !b.reversed {
			traces = append(traces, key[4:])
		}
	}
	slices.Sort(traces)
	return traces
}

// last returns the last request of a type that came.
func (h *host) last(mti string) *iso8583.Message {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := len(h.requests) - 1; i >= 0; i-- {
		if h.requests[i].MTI() == mti {
			return &h.requests[i]
		}
	}
	h.t.Fatalf("no %s came", mti)
	return nil
}

// came returns what the host has received since the last call.
func (h *host) came() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	log := h.log
	h.log = nil
	return log
}

// behave changes how the host behaves.
func (h *host) behave(change func(h *host)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change(h)
}

// net returns what the host has booked in the open batch: debits less credits, in fen.
func (h *host) net() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	half := h.totals()
	return half.Debit.Amount - half.Credit.Amount
}

// await returns once the host has dealt with so many messages.
func (h *host) await(messages int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for h.handled < messages {
		h.more.Wait()
	}
}

// testCertificate returns a certificate for 127.0.0.1 that is its own authority.
func testCertificate(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	raw, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key, Leaf: leaf}
}

func pool(t testing.TB, c tls.Certificate) *x509.CertPool {
	t.Helper()
	p := x509.NewCertPool()
	p.AddCert(c.Leaf)
	return p
}
