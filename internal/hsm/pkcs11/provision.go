//go:build pkcs11

package pkcs11

import (
	"fmt"
	"sync"

	"github.com/miekg/pkcs11"

	"github.com/yifen-pay/yifen/internal/hsm"
)

// The keys in the token, by what follows the prefix in their labels.
const (
	labelKEK   = "kek"
	labelBind  = "bind"
	labelData  = "data"
	labelIndex = "index"
)

// keySize is the length of the keys in the token, in bytes.
const keySize = 32

// Provision makes the four keys in a token that has none of them. A key that is there already is never
// replaced: what is wrapped under it would be lost.
func Provision(c Config) error {
	t, err := openToken(c)
	if err != nil {
		return err
	}
	defer t.close()
	names := []string{labelKEK, labelBind, labelData, labelIndex}
	for _, name := range names {
		if found, err := t.find(c.prefix() + name); err != nil {
			return err
		} else if len(found) > 0 {
			return fmt.Errorf("pkcs11: the token has a key %s%s already: nothing was changed", c.prefix(), name)
		}
	}
	for _, name := range names {
		number, kind := uint(pkcs11.CKM_AES_KEY_GEN), uint(pkcs11.CKK_AES)
		uses := []uint{pkcs11.CKA_ENCRYPT, pkcs11.CKA_DECRYPT}
		switch name {
		case labelKEK:
			uses = []uint{pkcs11.CKA_WRAP, pkcs11.CKA_UNWRAP}
		case labelBind, labelIndex:
			number, kind = pkcs11.CKM_GENERIC_SECRET_KEY_GEN, pkcs11.CKK_GENERIC_SECRET
			uses = []uint{pkcs11.CKA_SIGN, pkcs11.CKA_VERIFY}
		}
		template := append(attributes(uses),
			pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_SECRET_KEY), pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, kind),
			pkcs11.NewAttribute(pkcs11.CKA_LABEL, c.prefix()+name), pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
			pkcs11.NewAttribute(pkcs11.CKA_VALUE_LEN, keySize), pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, true),
			pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, false), pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, true),
		)
		if _, err := t.GenerateKey(t.keeper, mechanism(number, nil), template); err != nil {
			return unavailable("make the key "+c.prefix()+name, err)
		}
	}
	return nil
}

// attributes returns a template in which exactly these uses are allowed.
func attributes(allowed []uint) []*pkcs11.Attribute {
	var out []*pkcs11.Attribute
	for _, use := range []uint{
		pkcs11.CKA_ENCRYPT, pkcs11.CKA_DECRYPT, pkcs11.CKA_SIGN, pkcs11.CKA_VERIFY, pkcs11.CKA_WRAP, pkcs11.CKA_UNWRAP, pkcs11.CKA_DERIVE,
	} {
		may := false
		for _, a := range allowed {
			may = may || a == use
		}
		out = append(out, pkcs11.NewAttribute(use, may))
	}
	return out
}

// Open returns a security module whose keys lie in a token, and what closes it; a closed one answers
// [hsm.ErrSafe].
func Open(c Config) (*hsm.Module, func() error, error) {
	t, err := openToken(c)
	if err != nil {
		return nil, nil, err
	}
	s := &safe{token: t, objects: map[string]object{}}
	m, err := s.open(c)
	if err != nil {
		t.close()
		return nil, nil, err
	}
	return m, sync.OnceValue(s.close), nil
}

// open finds the keys.
func (s *safe) open(c Config) (*hsm.Module, error) {
	for name, at := range map[string]*pkcs11.ObjectHandle{
		labelKEK: &s.kek, labelBind: &s.bind, labelData: &s.data, labelIndex: &s.index,
	} {
		found, err := s.find(c.prefix() + name)
		if err != nil {
			return nil, err
		}
		if len(found) != 1 {
			return nil, fmt.Errorf("%w: the token must have one key %s%s: make it with: yifen keys provision", hsm.ErrSafe, c.prefix(), name)
		}
		*at = found[0]
	}
	return hsm.NewWith(s, "security module in a token by PKCS #11")
}
