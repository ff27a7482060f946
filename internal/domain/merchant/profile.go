package merchant

import (
	"github.com/yifen-pay/yifen/internal/domain/calendar"
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// ProfileTable is where profiles lie.
const ProfileTable step.Table = "merchant_profile"

// Profile is all that is known of a merchant as of one application, sealed. It is made when the approval is
// prepared and holds once the merchant's row names it.
type Profile struct {
	Application string
	Bucket      id.Bucket
	Merchant    string
	Version     int64  // of the application
	Content     []byte // sealed form, whole
	CreatedAt   calendar.Instant
}

// Key returns the row's key.
func (p Profile) Key() step.Key {
	return step.Key{Table: ProfileTable, Bucket: p.Bucket, ID: p.Application}
}

func profileKey(application string) step.Key {
	return step.Key{Table: ProfileTable, Bucket: id.MustBucket(application), ID: application}
}

func profileRecord(application string) string { return "merchant_profile/" + application }

// Facts is what of a form stands in the clear on the merchant's row and its first store.
type Facts struct {
	Kind          Kind          `json:"kind"`
	Name          string        `json:"name"`
	NameEN        string        `json:"name_en"`
	Subject       string        `json:"subject"`
	Category      string        `json:"category"`
	Area          string        `json:"area"`
	Address       string        `json:"address"`
	Phone         string        `json:"phone"` // of the shop
	LicenseUntil  calendar.Date `json:"license_until"`
	IdentityUntil calendar.Date `json:"identity_until"`
}

// facts returns what of the form stands in the clear.
func (f Form) facts() Facts {
	subject := f.Subject.Name
	if f.Kind == Micro {
		subject = f.Business.Name // lists show no person's name
	}
	until := f.Person.Until
	for _, o := range f.Owners {
		if o.Until < until {
			until = o.Until
		}
	}
	return Facts{
		Kind: f.Kind, Name: f.Business.Name, NameEN: f.Business.NameEN, Subject: subject, Category: f.Business.Category,
		Area: f.Place.Area, Address: f.Place.Address, Phone: f.Place.Phone, LicenseUntil: f.Subject.Until, IdentityUntil: until,
	}
}

// describe writes facts on a merchant's row.
func (m *Merchant) describe(f Facts) {
	m.Kind, m.Name, m.NameEN, m.Subject, m.Category, m.Area = f.Kind, f.Name, f.NameEN, f.Subject, f.Category, f.Area
	m.LicenseUntil, m.IdentityUntil = f.LicenseUntil, f.IdentityUntil
}
