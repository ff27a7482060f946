//go:build pkcs11

package pkcs11

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/miekg/pkcs11"

	"github.com/yifen-pay/yifen/internal/hsm"
)

// libraries are the PKCS #11 libraries in use. A library is initialized once for the whole process.
var libraries = struct {
	sync.Mutex
	open map[string]*library
}{open: map[string]*library{}}

type library struct {
	*pkcs11.Ctx
	users int
}

// acquire loads and initializes a library, or returns the one that is.
func acquire(file string) (*library, error) {
	libraries.Lock()
	defer libraries.Unlock()
	if l := libraries.open[file]; l != nil {
		l.users++
		return l, nil
	}
	context := pkcs11.New(file)
	if context == nil {
		return nil, fmt.Errorf("%w: %s is not a PKCS #11 library that can be loaded", hsm.ErrSafe, file)
	}
	if err := context.Initialize(); err != nil {
		context.Destroy()
		return nil, unavailable("initialize the library", err)
	}
	l := &library{context, 1}
	libraries.open[file] = l
	return l, nil
}

// release finalizes a library that nobody uses any more.
func release(file string) error {
	libraries.Lock()
	defer libraries.Unlock()
	l := libraries.open[file]
	if l.users--; l.users > 0 {
		return nil
	}
	delete(libraries.open, file)
	err := l.Finalize()
	l.Destroy()
	return err
}

// unavailable wraps an error of the token. Its text is the name of a return value of PKCS #11.
func unavailable(doing string, err error) error {
	return fmt.Errorf("%w: %s: %w", hsm.ErrSafe, doing, err)
}

// broken are the return values that say that the token is out of reach, whatever was asked of it.
var broken = []pkcs11.Error{
	pkcs11.CKR_DEVICE_ERROR, pkcs11.CKR_DEVICE_MEMORY, pkcs11.CKR_DEVICE_REMOVED, pkcs11.CKR_HOST_MEMORY,
	pkcs11.CKR_SESSION_CLOSED, pkcs11.CKR_SESSION_HANDLE_INVALID, pkcs11.CKR_TOKEN_NOT_PRESENT,
	pkcs11.CKR_USER_NOT_LOGGED_IN, pkcs11.CKR_CRYPTOKI_NOT_INITIALIZED, pkcs11.CKR_SESSION_COUNT,
}

// refused returns the error for what the token did not take: as when it is the data's fault, else that the
// token is out of reach.
func refused(err, as error, doing string) error {
	var code pkcs11.Error
	if errors.As(err, &code) && !slices.Contains(broken, code) {
		return as
	}
	return unavailable(doing, err)
}

// sessions is how many calls the token works on at a time.
const sessions = 8

// token is a session with a token that keeps what is made in it, and others that work.
type token struct {
	*library
	file   string
	keeper pkcs11.SessionHandle
	idle   chan pkcs11.SessionHandle // closed with the token
	opened int                       // sessions that are idle or at work
}

// openToken finds the token and logs in.
func openToken(c Config) (*token, error) {
	l, err := acquire(c.Library)
	if err != nil {
		return nil, err
	}
	t := &token{library: l, file: c.Library, idle: make(chan pkcs11.SessionHandle, sessions)}
	if err := t.logIn(c); err != nil {
		return nil, errors.Join(err, t.close())
	}
	return t, nil
}

func (t *token) logIn(c Config) error {
	slot, err := t.slot(c.Token)
	if err != nil {
		return err
	}
	for i := range sessions + 1 {
		session, err := t.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
		if err != nil {
			return unavailable("open a session", err)
		}
		if i == 0 {
			t.keeper = session
			continue
		}
		t.opened++
		t.idle <- session
	}
	err = t.Login(t.keeper, pkcs11.CKU_USER, c.PIN)
	if err != nil && !errors.Is(err, pkcs11.Error(pkcs11.CKR_USER_ALREADY_LOGGED_IN)) {
		return unavailable("log in", err)
	}
	return nil
}

func (t *token) slot(label string) (uint, error) {
	slots, err := t.GetSlotList(true)
	if err != nil {
		return 0, unavailable("list the tokens", err)
	}
	for _, slot := range slots {
		if info, err := t.GetTokenInfo(slot); err == nil && info.Label == label {
			return slot, nil
		}
	}
	return 0, fmt.Errorf("%w: there is no token with the label %q", hsm.ErrSafe, label)
}

// close waits for the sessions at work and closes all of them, which ends the objects in them.
func (t *token) close() error {
	var errs []error
	for range t.opened {
		errs = append(errs, t.CloseSession(<-t.idle))
	}
	close(t.idle)
	if t.keeper != 0 {
		errs = append(errs, t.CloseSession(t.keeper))
	}
	return errors.Join(append(errs, release(t.file))...)
}

// work runs f in a session of its own.
func (t *token) work(f func(session pkcs11.SessionHandle) error) error {
	session, open := <-t.idle
	if !open {
		return pkcs11.Error(pkcs11.CKR_SESSION_CLOSED)
	}
	defer func() { t.idle <- session }()
	return f(session)
}

// find returns the handles of the secret keys with a label.
func (t *token) find(label string) ([]pkcs11.ObjectHandle, error) {
	template := []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_SECRET_KEY), pkcs11.NewAttribute(pkcs11.CKA_LABEL, label),
	}
	if err := t.FindObjectsInit(t.keeper, template); err != nil {
		return nil, unavailable("look for keys", err)
	}
	found, _, err := t.FindObjects(t.keeper, 2)
	if err = errors.Join(err, t.FindObjectsFinal(t.keeper)); err != nil {
		return nil, unavailable("look for keys", err)
	}
	return found, nil
}

func mechanism(number uint, parameter any) []*pkcs11.Mechanism {
	return []*pkcs11.Mechanism{pkcs11.NewMechanism(number, parameter)}
}

func (t *token) encrypt(m []*pkcs11.Mechanism, key pkcs11.ObjectHandle, data []byte) (out []byte, err error) {
	err = t.work(func(s pkcs11.SessionHandle) error {
		if err := t.EncryptInit(s, m, key); err != nil {
			return err
		}
		out, err = t.Encrypt(s, data)
		return err
	})
	return out, err
}

func (t *token) decrypt(m []*pkcs11.Mechanism, key pkcs11.ObjectHandle, data []byte) (out []byte, err error) {
	err = t.work(func(s pkcs11.SessionHandle) error {
		if err := t.DecryptInit(s, m, key); err != nil {
			return err
		}
		out, err = t.Decrypt(s, data)
		return err
	})
	return out, err
}

// hmac returns the HMAC-SHA256 of data.
func (t *token) hmac(key pkcs11.ObjectHandle, data []byte) (sum []byte, err error) {
	err = t.work(func(s pkcs11.SessionHandle) error {
		if err := t.SignInit(s, mechanism(pkcs11.CKM_SHA256_HMAC, nil), key); err != nil {
			return err
		}
		sum, err = t.Sign(s, data)
		return err
	})
	if err != nil {
		return nil, unavailable("compute an HMAC", err)
	}
	return sum, nil
}
