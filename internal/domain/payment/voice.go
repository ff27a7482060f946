package payment

import (
	"github.com/yifen-pay/yifen/internal/domain/id"
	"github.com/yifen-pay/yifen/internal/domain/step"
)

// VoiceTable is where authorizations by voice lie that paid for a sale.
const VoiceTable step.Table = "voice_authorization"

// Voice is an authorization that an issuer gave by voice and the offline sale that used it: one pays for one.
type Voice struct {
	Bucket    id.Bucket
	Merchant  string
	Card      string // index of the sealed number
	AuthCode  string
	Operation string
}

// Key returns the row's key.
func (v Voice) Key() step.Key {
	return step.Key{Table: VoiceTable, Bucket: v.Bucket, ID: v.Merchant + "/" + v.Card + "/" + v.AuthCode}
}

func voiceOf(p Payment, o Operation) Voice {
	return Voice{Bucket: p.Bucket, Merchant: p.Merchant, Card: p.Card.Index, AuthCode: o.AuthCode, Operation: o.ID}
}

// claimVoice takes the authorization for the act's operation, or refuses: another sale that was not declined has it.
func (a *act) claimVoice() error {
	mine := voiceOf(a.pay, a.op)
	before, found, err := step.Get[Voice](a.v, mine.Key())
	if err != nil {
		return err
	}
	if found {
		used, err := step.Must[Operation](a.v, OperationKey(before.Operation), ErrOriginalNotFound)
		if err != nil {
			return err
		}
		if used.State != OpDeclined {
			return ErrAuthorizationTaken
		}
	}
	a.v.Put(mine)
	return nil
}
