package hsmtest

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/yifen-pay/yifen/internal/hsm"
	"github.com/yifen-pay/yifen/internal/wire/cardcrypto"
	"github.com/yifen-pay/yifen/internal/wire/keyblock"
	"github.com/yifen-pay/yifen/internal/wire/keydelivery"
)

// part returns a component with its check value, shortened to n bytes.
func part(t *testing.T, algorithm cardcrypto.Algorithm, text string, n int) hsm.Component {
	t.Helper()
	value := mustHex(text)
	return hsm.Component{Value: value, CheckValue: key(t, algorithm, value).CheckValue()[:n]}
}

func (s Suite) components(t *testing.T) {
	m := s.Open(t, "a")
	first := part(t, cardcrypto.DES, "0123456789ABCDEFFEDCBA9876543210", 3)
	second := part(t, cardcrypto.DES, "CA5D92598DCA48CE8A4C76361A9269E9", 4)
	third := part(t, cardcrypto.DES, "1F1F1F1F0E0E0E0E1010101020202020", 3)
	sum := func(parts ...hsm.Component) []byte {
		out := make([]byte, len(parts[0].Value))
		for _, p := range parts {
			for i, b := range p.Value {
				out[i] ^= b
			}
		}
		return out
	}
	for _, parts := range [][]hsm.Component{{first, second}, {first, second, third}} {
		wrapped, kcv, err := m.CombineMaster(hsm.TDES, parts)
		must(t, err)
		want := key(t, cardcrypto.DES, sum(parts...)).CheckValue()
		if !bytes.Equal(kcv, want) {
			t.Errorf("check value %X, want %X", kcv, want)
		}
		if again, err := m.CheckValue(wrapped); err != nil || !bytes.Equal(again, want) {
			t.Errorf("check value of the wrapped key %X, %v", again, err)
		}
		if _, _, err := m.WorkingKeys(wrapped, hsm.FormDouble); err != nil {
			t.Error(err)
		}
	}
	long := part(t, cardcrypto.DES, "0123456789ABCDEFFEDCBA987654321089ABCDEF01234567", 4)
	other := part(t, cardcrypto.DES, "1111111122222222333333334444444455555555AAAAAAAA", 4)
	if _, kcv, err := m.CombineMaster(hsm.TDES, []hsm.Component{long, other}); err != nil ||
		!bytes.Equal(kcv, key(t, cardcrypto.DES, sum(long, other)).CheckValue()) {
		t.Errorf("triple length: %X, %v", kcv, err)
	}
	wrong := first
	wrong.CheckValue = second.CheckValue
	short := first
	short.CheckValue = first.CheckValue[:2]
	halves := part(t, cardcrypto.DES, "89ABCDEF0123456676543210FEDCBA99", 3) // makes equal halves with its neighbor
	for name, test := range map[string]struct {
		parts []hsm.Component
		want  error
	}{
		"one component":            {[]hsm.Component{first}, hsm.ErrComponents},
		"four":                     {[]hsm.Component{first, second, third, first}, hsm.ErrComponents},
		"none":                     {nil, hsm.ErrComponents},
		"two lengths":              {[]hsm.Component{first, long}, hsm.ErrComponents},
		"another's check value":    {[]hsm.Component{first, second, wrong}, hsm.ErrComponent},
		"a short check value":      {[]hsm.Component{short, second}, hsm.ErrComponent},
		"twice the same":           {[]hsm.Component{first, first}, hsm.ErrWeak},
		"equal halves":             {[]hsm.Component{halves, part(t, cardcrypto.DES, "FFFFFFFFFFFFFFFF0000000000000000", 3)}, hsm.ErrWeak},
		"single length":            {[]hsm.Component{part(t, cardcrypto.DES, "0123456789ABCDEF", 3), part(t, cardcrypto.DES, "1111111111111111", 3)}, hsm.ErrKeyValue},
		"a length that no key has": {[]hsm.Component{{Value: make([]byte, 17), CheckValue: make([]byte, 3)}, {Value: make([]byte, 17), CheckValue: make([]byte, 3)}}, hsm.ErrKeyValue},
	} {
		if _, _, err := m.CombineMaster(hsm.TDES, test.parts); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s.SM4 {
		a, b := part(t, cardcrypto.SM4, "1234567890ABCDEFABCDEF0987654321", 3), part(t, cardcrypto.SM4, "F351D490994603795C6EBEE8FAEBB481", 8)
		if _, kcv, err := m.CombineMaster(hsm.SM4, []hsm.Component{a, b}); err != nil ||
			!bytes.Equal(kcv, key(t, cardcrypto.SM4, sum(a, b)).CheckValue()) {
			t.Errorf("SM4: %X, %v", kcv, err)
		}
	}
	for _, refused := range []struct {
		use    hsm.Use
		cipher hsm.Cipher
		want   error
	}{{hsm.UsePIN, hsm.TDES, hsm.ErrUse}, {hsm.UseHostKey, hsm.RSA, hsm.ErrUse}, {hsm.UseMaster, hsm.AES, hsm.ErrCipher}, {hsm.UseBlockProtection, hsm.SM4, hsm.ErrCipher}} {
		if _, _, err := m.Load(refused.use, refused.cipher, doubleTMK); !errors.Is(err, refused.want) {
			t.Errorf("a %v key of %v: %v", refused.use, refused.cipher, err)
		}
	}
}

// authority is a terminal authority with a host's key and a terminal's, made once since RSA keys take time.
type authority struct {
	root            *x509.Certificate
	rootKey         *rsa.PrivateKey
	terminal, other *rsa.PrivateKey
	host            *rsa.PrivateKey
}

var today = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

const serial = "YF0000000042"

var newAuthority = sync.OnceValues(func() (*authority, error) {
	a := &authority{}
	for _, k := range []**rsa.PrivateKey{&a.rootKey, &a.terminal, &a.other, &a.host} {
		var err error
		if *k, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			return nil, err
		}
	}
	var err error
	a.root, err = a.sign(certificate{name: "terminal authority", ca: true, usage: x509.KeyUsageCertSign}, &a.rootKey.PublicKey, nil, a.rootKey)
	return a, err
})

// certificate is what a test asks of a certificate.
type certificate struct {
	name, serial string
	usage        x509.KeyUsage
	ca           bool
	from, to     time.Duration // around today
}

func (a *authority) sign(c certificate, public any, parent *x509.Certificate, by *rsa.PrivateKey) (*x509.Certificate, error) {
	if c.from == 0 {
		c.from = -24 * time.Hour
	}
	if c.to == 0 {
		c.to = 24 * time.Hour
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: c.name, SerialNumber: c.serial},
		NotBefore: today.Add(c.from), NotAfter: today.Add(c.to), KeyUsage: c.usage, IsCA: c.ca, BasicConstraintsValid: true,
	}
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, by)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

func check(cipher byte, value []byte) ([]byte, error) {
	algorithm := cardcrypto.DES
	if cipher == keydelivery.SM4 {
		algorithm = cardcrypto.SM4
	}
	k, err := cardcrypto.NewKey(algorithm, value)
	if err != nil {
		return nil, err
	}
	return k.CheckValue(), nil
}

// order returns an order that is in order, for a test to spoil.
func (a *authority) order(t *testing.T, m *hsm.Module) hsm.Order {
	t.Helper()
	good, err := a.sign(certificate{name: "terminal", serial: serial, usage: x509.KeyUsageKeyEncipherment}, &a.terminal.PublicKey, a.root, a.rootKey)
	must(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(a.host)
	must(t, err)
	host, err := m.LoadHostKey(pkcs8)
	must(t, err)
	o := hsm.Order{
		Serial: serial, Certificate: good.Raw, Roots: x509.NewCertPool(), HostKey: host, Cipher: hsm.TDES, Now: today,
		Challenge: [keydelivery.ChallengeSize]byte{1, 2, 3},
	}
	o.Roots.AddCert(a.root)
	return o
}

func (s Suite) delivery(t *testing.T) {
	m := s.Open(t, "a")
	a, err := newAuthority()
	must(t, err)
	good := a.order(t, m)
	sizes := []struct {
		cipher hsm.Cipher
		size   int
	}{{hsm.TDES, 0}, {hsm.TDES, 24}}
	if s.SM4 {
		sizes = append(sizes, struct {
			cipher hsm.Cipher
			size   int
		}{hsm.SM4, 16})
	}
	for _, c := range sizes {
		o := good
		o.Cipher, o.Size = c.cipher, c.size
		d, err := m.DeliverMaster(o)
		must(t, err)
		message, err := keydelivery.Parse(d.Message)
		must(t, err)
		value, err := message.Open(keydelivery.Request{Serial: serial, Challenge: o.Challenge}, a.terminal, &a.host.PublicKey, check)
		must(t, err)
		if len(value) != max(c.size, 16) {
			t.Errorf("a key of %d bytes", len(value))
		}
		_, kcv, err := m.Load(hsm.UseMaster, c.cipher, value)
		must(t, err)
		if again, err := m.CheckValue(d.Master); err != nil || !bytes.Equal(again, kcv) || !bytes.Equal(kcv, d.CheckValue) {
			t.Errorf("the terminal has the key %X, we have %X (%v)", kcv, again, err)
		}
		proves(t, m, d.Master, o.Challenge, value, c.cipher)
	}
	s.refuseOrders(t, m, a, good)
	if _, err := m.LoadHostKey([]byte("no key")); !errors.Is(err, hsm.ErrHostKey) {
		t.Errorf("no host key: %v", err)
	}
	if _, err := m.MAC(good.HostKey, cardcrypto.ECB, nil); !errors.Is(err, hsm.ErrKey) {
		t.Errorf("the host's key computes a MAC: %v", err)
	}
}

// proves confirms a delivery as its terminal does, and as others would.
func proves(t *testing.T, m *hsm.Module, wrapped []byte, challenge [keydelivery.ChallengeSize]byte, value []byte, c hsm.Cipher) {
	t.Helper()
	algorithm := cardcrypto.DES
	if c == hsm.SM4 {
		algorithm = cardcrypto.SM4
	}
	prove := func(challenge, value []byte) []byte {
		enciphered, err := key(t, algorithm, value).EncryptECB(challenge)
		must(t, err)
		proof := keydelivery.Prove(enciphered)
		return proof[:]
	}
	good := prove(challenge[:], value)
	if err := m.ProveMaster(wrapped, challenge[:], good); err != nil {
		t.Errorf("%v: the terminal's own proof: %v", c, err)
	}
	other := bytes.Clone(value)
	other[0] ^= 0x10
	older := challenge
	older[15] ^= 1
	enciphered, err := key(t, algorithm, value).EncryptECB(challenge[:])
	must(t, err)
	for name, wrong := range map[string][]byte{
		"nothing": nil, "a byte less": good[:15], "a byte more": append(bytes.Clone(good), 0), "under another key": prove(challenge[:], other),
		"of another challenge": prove(older[:], value), "a bare cryptogram": enciphered,
	} {
		if err := m.ProveMaster(wrapped, challenge[:], wrong); !errors.Is(err, hsm.ErrProof) {
			t.Errorf("%v, a proof that is %s: %v", c, name, err)
		}
	}
	for _, size := range []int{0, 8, 15} {
		if err := m.ProveMaster(wrapped, challenge[:size], good); !errors.Is(err, hsm.ErrProof) {
			t.Errorf("%v, a challenge of %d bytes: %v", c, size, err)
		}
	}
	if err := m.ProveMaster(nil, challenge[:], good); !errors.Is(err, hsm.ErrKey) {
		t.Errorf("%v, no key: %v", c, err)
	}
}

func (s Suite) refuseOrders(t *testing.T, m *hsm.Module, a *authority, good hsm.Order) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	must(t, err)
	stranger, err := a.impersonate()
	must(t, err)
	issue := func(c certificate, public any) []byte {
		if c.serial == "" {
			c.serial = serial
		}
		if c.usage == 0 {
			c.usage = x509.KeyUsageKeyEncipherment
		}
		signed, err := a.sign(c, public, a.root, a.rootKey)
		must(t, err)
		return signed.Raw
	}
	public := &a.terminal.PublicKey
	for name, test := range map[string]struct {
		spoil func(*hsm.Order)
		want  error
	}{
		"no certificate":     {func(o *hsm.Order) { o.Certificate = nil }, hsm.ErrCertificate},
		"a short key":        {func(o *hsm.Order) { o.Certificate = issue(certificate{}, &small.PublicKey) }, hsm.ErrCertificateKey},
		"for signatures":     {func(o *hsm.Order) { o.Certificate = issue(certificate{usage: x509.KeyUsageDigitalSignature}, public) }, hsm.ErrCertificateUsage},
		"an authority's":     {func(o *hsm.Order) { o.Certificate = issue(certificate{ca: true}, public) }, hsm.ErrCertificateUsage},
		"another terminal's": {func(o *hsm.Order) { o.Certificate = issue(certificate{serial: "YF0000000043"}, public) }, hsm.ErrCertificateSerial},
		"no serial number":   {func(o *hsm.Order) { o.Serial = "" }, hsm.ErrCertificateSerial},
		"expired":            {func(o *hsm.Order) { o.Certificate = issue(certificate{to: -time.Hour}, public) }, hsm.ErrCertificateTime},
		"not yet valid":      {func(o *hsm.Order) { o.Certificate = issue(certificate{from: time.Hour}, public) }, hsm.ErrCertificateTime},
		"authority expired": {func(o *hsm.Order) {
			o.Certificate = issue(certificate{to: 72 * time.Hour}, public)
			o.Now = today.Add(48 * time.Hour)
		}, hsm.ErrCertificateTime},
		"another authority":     {func(o *hsm.Order) { o.Certificate = stranger }, hsm.ErrCertificateChain},
		"no authority":          {func(o *hsm.Order) { o.Roots = nil }, hsm.ErrCertificateChain},
		"no certificate above":  {func(o *hsm.Order) { o.Between = [][]byte{{1}} }, hsm.ErrCertificate},
		"no host key":           {func(o *hsm.Order) { o.HostKey = nil }, hsm.ErrKey},
		"a damaged host key":    {func(o *hsm.Order) { o.HostKey = append(bytes.Clone(o.HostKey[:len(o.HostKey)-1]), 0, 0) }, hsm.ErrKey},
		"AES":                   {func(o *hsm.Order) { o.Cipher = hsm.AES }, hsm.ErrCipher},
		"a length that is none": {func(o *hsm.Order) { o.Size = 17 }, hsm.ErrKeyValue},
	} {
		o := good
		test.spoil(&o)
		if d, err := m.DeliverMaster(o); !errors.Is(err, test.want) || d.Message != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// impersonate returns a terminal's certificate under an authority that only bears the name of ours.
func (a *authority) impersonate() ([]byte, error) {
	root, err := a.sign(certificate{name: "terminal authority", ca: true, usage: x509.KeyUsageCertSign}, &a.other.PublicKey, nil, a.other)
	if err != nil {
		return nil, err
	}
	signed, err := a.sign(certificate{name: "terminal", serial: serial, usage: x509.KeyUsageKeyEncipherment}, &a.terminal.PublicKey, root, a.other)
	if err != nil {
		return nil, err
	}
	return signed.Raw, nil
}

var protection = mustHex("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F")

func (s Suite) keyBlock(t *testing.T) {
	m := s.Open(t, "a")
	kbpk, kcv, err := m.Load(hsm.UseBlockProtection, hsm.AES, protection)
	if !s.Reveals {
		if !errors.Is(err, hsm.ErrMechanism) {
			t.Errorf("a protection key in a safe that lets no key out: %v", err)
		}
		return
	}
	must(t, err)
	if want, err := keyblock.CheckValue(keyblock.CheckCMAC, 'A', protection); err != nil || !bytes.Equal(kcv, mustHex(want[2:])) {
		t.Errorf("check value %X (%v)", kcv, err)
	}
	keys, _ := uses(t, m)
	for name, use := range map[string]hsm.Use{
		"master": hsm.UseMaster, "PIN": hsm.UsePIN, "MAC": hsm.UseMAC, "track": hsm.UseTrack,
		"network PIN": hsm.UseNetworkPIN, "network MAC": hsm.UseNetworkMAC,
	} {
		block, err := m.ExportKey(kbpk, keys[name], hsm.Export{})
		must(t, err)
		back, kcv, err := m.ImportKey(kbpk, block, use)
		must(t, err)
		want, err := m.CheckValue(keys[name])
		must(t, err)
		if got, err := m.CheckValue(back); err != nil || !bytes.Equal(got, want) || !bytes.Equal(kcv, want) {
			t.Errorf("a %s key came back as %X, want %X (%v)", name, got, want, err)
		}
	}
}

// keyFile makes master keys for terminals, and takes them in at another installation that holds the
// transport key too.
func (s Suite) keyFile(t *testing.T) {
	ours, theirs := s.Open(t, "a"), s.Open(t, "b")
	type transport struct {
		use    hsm.Use
		over   hsm.Cipher
		value  []byte
		cipher hsm.Cipher
		size   int
	}
	transports := []transport{{hsm.UseMaster, hsm.TDES, doubleTMK, hsm.TDES, 16}, {hsm.UseMaster, hsm.TDES, tripleTMK, hsm.TDES, 24}}
	if s.Reveals {
		transports = append(transports, transport{hsm.UseBlockProtection, hsm.AES, protection, hsm.TDES, 16})
	}
	if s.SM4 {
		transports = append(transports, transport{hsm.UseMaster, hsm.SM4, sm4TMK, hsm.SM4, 16})
	}
	for _, c := range transports {
		out, _, err := ours.Load(c.use, c.over, c.value)
		must(t, err)
		in, _, err := theirs.Load(c.use, c.over, c.value)
		must(t, err)
		var file bytes.Buffer
		made, err := ours.WriteKeyFile(&file, out, c.cipher, c.size, []string{"29000001", "29000002"})
		must(t, err)
		read, err := theirs.ReadKeyFile(in, strings.NewReader("# keys\n\n"+file.String()))
		must(t, err)
		if len(made) != 2 || len(read) != 2 {
			t.Fatalf("%d keys made, %d read", len(made), len(read))
		}
		for i := range made {
			kcv, err := theirs.CheckValue(read[i].Master)
			if err != nil || read[i].Terminal != made[i].Terminal || !bytes.Equal(kcv, made[i].CheckValue) || !bytes.Equal(kcv, read[i].CheckValue) {
				t.Errorf("%v: the key of %s has the check value %X, want %X (%v)", c.use, read[i].Terminal, kcv, made[i].CheckValue, err)
			}
		}
		s.refuseFiles(t, theirs, in, file.String())
	}
	out, _, err := ours.LoadMaster(doubleTMK)
	must(t, err)
	for name, test := range map[string]struct {
		transport []byte
		cipher    hsm.Cipher
		size      int
		terminals []string
		want      error
	}{
		"a stronger key":     {out, hsm.TDES, 24, []string{"1"}, hsm.ErrTransport},
		"a length of none":   {out, hsm.TDES, 8, []string{"1"}, hsm.ErrKeyValue},
		"twice the same":     {out, hsm.TDES, 16, []string{"1", "1"}, hsm.ErrKeyFileLine},
		"a name of two":      {out, hsm.TDES, 16, []string{"1 2"}, hsm.ErrKeyFileLine},
		"no transport key":   {nil, hsm.TDES, 16, nil, hsm.ErrKey},
		"protection ciphers": {out, hsm.AES, 16, []string{"1"}, hsm.ErrCipher},
	} {
		if _, err := ours.WriteKeyFile(&bytes.Buffer{}, test.transport, test.cipher, test.size, test.terminals); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// another returns a hexadecimal digit that is not this one.
func another(digit byte) string {
	if digit == '0' {
		return "1"
	}
	return "0"
}

// refuseFiles spoils a good key file.
func (s Suite) refuseFiles(t *testing.T, m *hsm.Module, transport []byte, good string) {
	t.Helper()
	lines := strings.SplitAfter(good, "\n")
	last := len(lines[1]) - 2
	for name, bad := range map[string]string{
		"a terminal twice": good + lines[0],
		"half a line":      good + "29000003",
		"too many fields":  lines[0] + strings.TrimSpace(lines[1]) + " 00 00\n",
		"damaged":          lines[0] + lines[1][:last] + another(lines[1][last]) + "\n",
	} {
		keys, err := m.ReadKeyFile(transport, strings.NewReader(bad))
		if !errors.Is(err, hsm.ErrKeyFile) || keys != nil {
			t.Errorf("%s: %d keys, %v", name, len(keys), err)
		}
	}
	if _, err := s.Open(t, "a").ReadKeyFile(transport, strings.NewReader(good)); !errors.Is(err, hsm.ErrKey) && !errors.Is(err, hsm.ErrKeyFile) {
		t.Errorf("under a transport key of another installation: %v", err)
	}
}
