package pos

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"strings"
)

// The numbers of the operators that every terminal has. Cashiers are 01 to 97.
const (
	SupervisorNumber = "00" // voids, refunds, other operators
	SystemNumber     = "99" // keys and the host's address
)

// operator is somebody who may use the terminal.
type operator struct {
	Number string `json:"number"`
	Salt   []byte `json:"salt,omitempty"`
	Hash   []byte `json:"hash,omitempty"` // of the password; nil: still the first one
}

// Operator is somebody who may use the terminal, without the password.
type Operator struct {
	Number string `json:"number"`
	Role   Text   `json:"role"`
	First  bool   `json:"first_password"` // still the one of the first start: change it
}

// firstPasswords are those of the first start. They are public and meant to be changed.
var firstPasswords = map[string]string{"01": "0000", SupervisorNumber: "123456", SystemNumber: "88888888"}

// FirstPassword returns the password with which an operator starts, "" for one who has none. A new cashier
// starts with that of 01.
func FirstPassword(number string) string {
	if cashier(number) {
		return firstPasswords["01"]
	}
	return firstPasswords[number]
}

// Errors of operators.
var (
	ErrPassword = refuse("操作员号或密码错误", "wrong operator or password")
	errNobody   = refuse("没有这个操作员：请查看操作员列表", "there is no such operator: see the list of operators")
	errNumber   = refuse("收银员号应为 01 到 97", "a cashier's number is 01 to 97")
	errExists   = refuse("该操作员已存在", "there is such an operator already")
	errLength   = refuse("密码应为 4 到 8 位数字", "a password is 4 to 8 digits")
	errSame     = refuse("新密码不能与原密码或初始密码相同", "the new password must differ from the old and from the first one")
	errOnlySelf = refuse("主管和系统操作员不能删除", "the supervisor and the system operator cannot be deleted")
)

// pbkdfRounds is the work of a password (PBKDF2 with HMAC-SHA-256): a tenth of a second on a small machine.
const pbkdfRounds = 210_000

func cashier(number string) bool {
	return len(number) == 2 && digits(number) && number >= "01" && number <= "97"
}

// operators returns who may use the terminal.
func (t *Terminal) operators() []operator {
	if t.mem.Operators == nil {
		t.mem.Operators = []operator{{Number: SupervisorNumber}, {Number: "01"}, {Number: SystemNumber}}
	}
	return t.mem.Operators
}

// Operators returns who may use the terminal, by number.
func (t *Terminal) Operators() []Operator {
	var list []Operator
	for _, o := range t.operators() {
		role := Text{"收银员", "cashier"}
		switch o.Number {
		case SupervisorNumber:
			role = Text{"主管", "supervisor"}
		case SystemNumber:
			role = Text{"系统管理员", "system operator"}
		}
		list = append(list, Operator{Number: o.Number, Role: role, First: o.Hash == nil})
	}
	return list
}

func (t *Terminal) lookup(number string) *operator {
	list := t.operators()
	if i := slices.IndexFunc(list, func(o operator) bool { return o.Number == number }); i >= 0 {
		return &list[i]
	}
	return nil
}

// matches reports whether a password is the operator's.
func (o *operator) matches(password string) bool {
	if o.Hash == nil {
		return subtle.ConstantTimeCompare([]byte(FirstPassword(o.Number)), []byte(password)) == 1
	}
	return subtle.ConstantTimeCompare(o.Hash, hashPassword(password, o.Salt)) == 1
}

func hashPassword(password string, salt []byte) []byte {
	hash, err := pbkdf2.Key(sha256.New, password, salt, pbkdfRounds, sha256.Size)
	if err != nil {
		panic("pos: PBKDF2 refuses its own sizes: " + err.Error())
	}
	return hash
}

func (o *operator) set(password string) {
	o.Salt = make([]byte, 16)
	rand.Read(o.Salt)
	o.Hash = hashPassword(password, o.Salt)
}

// authenticate returns the operator whose password this is.
func (t *Terminal) authenticate(number, password string) (*operator, error) {
	o := t.lookup(number)
	if o == nil || !o.matches(password) {
		return nil, ErrPassword
	}
	return o, nil
}

// SignOn makes an operator the one whose number the slips carry.
func (t *Terminal) SignOn(number, password string) error {
	if _, err := t.authenticate(number, password); err != nil {
		return err
	}
	t.mem.Operator = number
	return t.save()
}

// Supervise opens the way for one transaction that needs the supervisor's password.
func (t *Terminal) Supervise(password string) error {
	if _, err := t.authenticate(SupervisorNumber, password); err != nil {
		return ErrPassword
	}
	t.supervised = true
	return nil
}

// CheckSystem reports whether a password is the system operator's, who may load keys and change the host.
func (t *Terminal) CheckSystem(password string) error {
	_, err := t.authenticate(SystemNumber, password)
	return err
}

// ChangePassword gives an operator a new password.
func (t *Terminal) ChangePassword(number, old, password string) error {
	if t.Training() {
		return ErrTraining
	}
	o, err := t.authenticate(number, old)
	switch {
	case err != nil:
		return err
	case len(password) < 4 || len(password) > 8 || !digits(password):
		return errLength
	case password == old, password == FirstPassword(number):
		return errSame
	}
	o.set(password)
	return t.save()
}

// AddOperator adds a cashier, who starts with the first password. It takes the supervisor's.
func (t *Terminal) AddOperator(supervisor, number string) error {
	return t.manageOperators(supervisor, func() error {
		switch {
		case !cashier(number):
			return errNumber
		case t.lookup(number) != nil:
			return errExists
		}
		t.mem.Operators = append(t.operators(), operator{Number: number})
		slices.SortFunc(t.mem.Operators, func(a, b operator) int { return strings.Compare(a.Number, b.Number) })
		return nil
	})
}

// DeleteOperator takes a cashier off the list. It takes the supervisor's password.
func (t *Terminal) DeleteOperator(supervisor, number string) error {
	return t.manageOperators(supervisor, func() error {
		switch {
		case number == SupervisorNumber || number == SystemNumber:
			return errOnlySelf
		case t.lookup(number) == nil:
			return errNobody
		}
		t.mem.Operators = slices.DeleteFunc(t.operators(), func(o operator) bool { return o.Number == number })
		return nil
	})
}

// ResetOperator gives a cashier the first password again. It takes the supervisor's password.
func (t *Terminal) ResetOperator(supervisor, number string) error {
	return t.manageOperators(supervisor, func() error {
		o := t.lookup(number)
		if o == nil || !cashier(number) {
			return errNumber
		}
		o.Salt, o.Hash = nil, nil
		return nil
	})
}

func (t *Terminal) manageOperators(supervisor string, change func() error) error {
	if t.Training() {
		return ErrTraining
	}
	if _, err := t.authenticate(SupervisorNumber, supervisor); err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	return t.save()
}
