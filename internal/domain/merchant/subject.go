package merchant

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/identity"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// Where the index of subjects and the block list lie: in the bucket of their own key, as the directory does.
const (
	SubjectTable step.Table = "subject"
	BlockTable   step.Table = "block_entry"
)

// SubjectKind says by what somebody is known.
type SubjectKind string

// The kinds of subject.
const (
	ByCode     SubjectKind = "uscc"
	ByResident SubjectKind = "resident"
	ByAccount  SubjectKind = "account"
	ByPhone    SubjectKind = "phone"
)

// SubjectKinds lists every kind of subject.
var SubjectKinds = []SubjectKind{ByCode, ByResident, ByAccount, ByPhone}

// MicroMax is how many micro merchants one person may run here.
const MicroMax = 2

// usesMax bounds the merchants of one subject, so that its row stays small.
const usesMax = 64

// Use is a merchant under which a subject is known.
type Use struct {
	Merchant string `json:"m"`
	Micro    bool   `json:"s,omitempty"` // the person of a micro merchant
}

// Subject is a number by which somebody is known, as its keyed hash, and the merchants that gave it.
type Subject struct {
	Kind  SubjectKind
	Index string // keyed hash
	Uses  string // see [Subject.List]
}

// Key returns the row's key.
func (s Subject) Key() step.Key { return subjectKey(s.Kind, s.Index) }

func subjectKey(kind SubjectKind, index string) step.Key {
	k := string(kind) + "/" + index
	return step.Key{Table: SubjectTable, Bucket: id.Of(k), ID: k}
}

// List returns the merchants that gave the subject.
func (s Subject) List() (uses []Use, err error) {
	if s.Uses == "" {
		return nil, nil
	}
	err = json.Unmarshal([]byte(s.Uses), &uses)
	return uses, err
}

// register notes a merchant's use of the subject. Merchants in gone are closed and count no more.
func (s *Subject) register(u Use, gone []string) error {
	uses, err := s.List()
	if err != nil {
		return err
	}
	micro := 0
	uses = slices.DeleteFunc(uses, func(old Use) bool { return old.Merchant == u.Merchant || slices.Contains(gone, old.Merchant) })
	for _, old := range uses {
		if old.Micro {
			micro++
		}
	}
	switch {
	case u.Micro && micro >= MicroMax:
		return ErrMicroLimit
	case len(uses) >= usesMax:
		return ErrSubjectBusy
	}
	raw, err := json.Marshal(append(uses, u))
	s.Uses = string(raw)
	return err
}

// known is one subject of a form.
type known struct {
	kind  SubjectKind
	index string
	micro bool
}

func (k known) key() step.Key { return subjectKey(k.kind, k.index) }

// subjects lists by what a form's people and company are known, each once.
func (s *Service) subjects(f Form) ([]known, error) {
	var list []known
	add := func(kind SubjectKind, text string, micro bool) error {
		if text == "" {
			return nil
		}
		index, err := s.vault.IndexData(string(kind), text)
		if err != nil {
			return err
		}
		k := known{kind, index, micro}
		if !slices.ContainsFunc(list, func(old known) bool { return old.kind == kind && old.index == index }) {
			list = append(list, k)
		}
		return nil
	}
	err := add(ByCode, f.Subject.Code, false)
	if err == nil {
		err = add(ByResident, f.Person.Number, f.Kind == Micro)
	}
	for _, o := range f.Owners {
		if err == nil {
			err = add(ByResident, o.Number, false)
		}
	}
	if err == nil {
		err = add(ByAccount, f.Account.Number, false)
	}
	if err == nil {
		err = add(ByPhone, f.Person.Phone, false)
	}
	return list, err
}

// RiskTypes are the risk types of the payment association's information system, by their codes.
var RiskTypes = map[string]string{
	"01": "false application", "02": "cash-out", "03": "illegal business", "04": "fencing", "05": "traded or lent accounts",
	"06": "skimming point", "07": "counterfeit-card point", "08": "data leak", "09": "malicious closure", "10": "malicious splitting",
	"11": "moved terminal", "12": "high-risk merchant", "13": "collusion", "14": "bankrupt", "15": "forced sale",
	"17": "frequent change of provider", "18": "linked to a risky merchant", "19": "selling card data", "20": "refusing cards",
	"21": "surcharging", "22": "data leak (payment)", "23": "modified terminal", "24": "switched terminal",
	"25": "second-hand clearing", "26": "category faking", "27": "impostor application", "29": "laundering",
	"37": "malicious registration", "38": "forged bills", "39": "forged seals", "40": "cross-border", "41": "cross-border",
	"42": "cross-border gambling", "43": "cross-border gambling", "45": "terminal, interface or code used for another purpose",
	"46": "gambling", "47": "gambling", "99": "other",
}

// Block is an entry of the block list: somebody who is not served, known by a keyed hash.
type Block struct {
	Kind     SubjectKind
	Index    string // keyed hash
	RiskType string // see [RiskTypes]
	Source   string // who says so
	Reason   string
	Masked   string // what people may see of the number
	Until    calendar.Instant
	Lifted   bool
	By       string
	At       calendar.Instant
}

// Key returns the row's key.
func (b Block) Key() step.Key { return blockKey(b.Kind, b.Index) }

func blockKey(kind SubjectKind, index string) step.Key {
	k := string(kind) + "/" + index
	return step.Key{Table: BlockTable, Bucket: id.Of(k), ID: k}
}

// Holds tells whether the entry counts at a moment.
func (b Block) Holds(now calendar.Instant) bool {
	return !b.Lifted && b.At != 0 && (b.Until == 0 || now < b.Until)
}

// String names the entry without its hash.
func (b Block) String() string {
	return fmt.Sprintf("%s %s, %s", b.Kind, b.Masked, RiskTypes[b.RiskType])
}

// subjectNumber returns a number as forms hold it, and as people may see it. It refuses one that cannot be right.
func subjectNumber(kind SubjectKind, number string, today calendar.Date) (plain, masked string, err error) {
	number = strings.ToUpper(strings.TrimSpace(number))
	var found identity.Findings
	switch kind {
	case ByCode:
		found, masked = identity.USCC("number", number), identity.MaskAccount(number)
	case ByResident:
		_, found = identity.Resident("number", number, today)
		masked = identity.MaskResident(number)
	case ByAccount:
		found, masked = identity.Account("number", number), identity.MaskAccount(number)
	case ByPhone:
		found, masked = identity.Mobile("number", number), identity.MaskPhone(number)
	default:
		return "", "", ErrBlock.With("choose uscc, resident, account or phone")
	}
	if found.Failed() {
		return "", "", ErrIncomplete.With("%s", found)
	}
	return number, masked, nil
}
