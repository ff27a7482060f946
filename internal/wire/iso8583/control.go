package iso8583

// F60 is field 60 of the terminal leg. A part that the message does not reach is "".
type F60 struct {
	Type        string // 60.1 transaction type, 2 digits
	Batch       string // 60.2 batch, 6 digits
	Network     string // 60.3 network management code, 3 digits
	Capability  string // 60.4 terminal capability: 5 or 6 reads chips
	ICCondition string // 60.5 condition of a chip read: 2 on fallback
	Partial     string // 60.6 partial approval and balance flag
	AccountType string // 60.7 account type, 3 digits
}

func (f *F60) parts() []part {
	return []part{
		{2, &f.Type}, {6, &f.Batch}, {3, &f.Network}, {1, &f.Capability}, {1, &f.ICCondition},
		{1, &f.Partial}, {3, &f.AccountType},
	}
}

// ParseF60 cuts field 60 by position. Terminals send 8 to 17 digits, whatever their rules say.
func ParseF60(value string) (F60, error) {
	var f F60
	if len(value) < 8 || len(value) > 17 {
		return f, &Error{Field: 60, Offset: len(value), Reason: reasonPosition}
	}
	if err := checkDigits(60, value); err != nil {
		return f, err
	}
	cut(value, f.parts()...)
	return f, nil
}

// String returns the field's value up to the last part that is set; gaps before it are zeros.
func (f F60) String() string { return join(f.parts()...) }

// F61 is field 61 of the terminal leg: the transaction that a void, refund or completion is about. A
// part that the message does not reach is "".
type F61 struct {
	Batch            string // 61.1 batch, 6 digits; zeros in a refund
	Trace            string // 61.2 trace, 6 digits; zeros in a refund
	Date             string // 61.3 date, MMDD
	AuthWay          string // 61.4 how it was authorized, 2 digits
	AuthOrganization string // 61.5 who authorized it, up to 11 digits
}

func (f *F61) parts() []part {
	return []part{{6, &f.Batch}, {6, &f.Trace}, {4, &f.Date}, {2, &f.AuthWay}, {11, &f.AuthOrganization}}
}

// ParseF61 cuts field 61 by position; batch and trace are its least.
func ParseF61(value string) (F61, error) {
	var f F61
	switch n := len(value); {
	case n == 12, n == 16, n >= 18 && n <= 29:
	default:
		return f, &Error{Field: 61, Offset: n, Reason: reasonPosition}
	}
	if err := checkDigits(61, value); err != nil {
		return f, err
	}
	cut(value, f.parts()...)
	return f, nil
}

// String returns the field's value up to the last part that is set; gaps before it are zeros.
func (f F61) String() string { return join(f.parts()...) }

// F53 is field 53: how the PIN and the tracks of a message are protected. Each is one digit.
type F53 struct {
	PIN   byte // 53.1: '1' format 0 without PAN, '2' with PAN, '0' no PIN
	Key   byte // 53.2: '0' single DES, '6' double-length DES
	Track byte // 53.3: '1' tracks enciphered
}

// ParseF53 reads the three digits of field 53 that have a meaning.
func ParseF53(value string) (F53, error) {
	if len(value) != 16 {
		return F53{}, &Error{Field: 53, Offset: len(value), Reason: reasonPosition}
	}
	if err := checkDigits(53, value); err != nil {
		return F53{}, err
	}
	return F53{PIN: value[0], Key: value[1], Track: value[2]}, nil
}

// String returns the sixteen digits of the field; a part left at its zero value is '0'.
func (f F53) String() string {
	b := []byte("0000000000000000")
	for i, digit := range [...]byte{f.PIN, f.Key, f.Track} {
		if digit != 0 {
			b[i] = digit
		}
	}
	return string(b)
}

// F90 is field 90 of the network leg: the key of the transaction that a reversal, void or completion
// is about.
type F90 struct {
	MTI         string // 4 digits
	Trace       string // F11, 6 digits
	Transmitted string // F7, MMDDhhmmss
	Acquirer    string // F32, up to 11 digits; 11 with leading zeros on the wire
	Forwarder   string // F33, likewise
}

func (f *F90) parts() []part {
	return []part{{4, &f.MTI}, {6, &f.Trace}, {10, &f.Transmitted}, {11, &f.Acquirer}, {11, &f.Forwarder}}
}

// ParseF90 cuts field 90 by position. Leading zeros of the two institutions stay.
func ParseF90(value string) (F90, error) {
	var f F90
	if len(value) != 42 {
		return f, &Error{Field: 90, Offset: len(value), Reason: reasonPosition}
	}
	if err := checkDigits(90, value); err != nil {
		return f, err
	}
	cut(value, f.parts()...)
	return f, nil
}

// String returns the field's value. Parts shorter than their width get leading zeros.
func (f F90) String() string {
	b := make([]byte, 0, 42)
	for _, p := range f.parts() {
		for n := len(*p.text); n < p.width; n++ {
			b = append(b, '0')
		}
		b = append(b, *p.text...)
	}
	return string(b)
}

// AnswerMTI returns the message type of the answer to a request: 0210 for 0200, 0430 for 0421. It
// returns "" when mti is not the type of a request.
func AnswerMTI(mti string) string {
	if len(mti) != 4 || mti[2] < '0' || mti[2] > '8' || (mti[2]-'0')%2 != 0 {
		return ""
	}
	return mti[:2] + string([]byte{mti[2] + 1, '0'})
}
