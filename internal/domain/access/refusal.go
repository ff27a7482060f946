package access

import "github.com/yifen-pay/yifen/internal/domain/fault"

// Refusals. What a stranger could learn from has one sentence for several causes: whether a name is known, a
// password right or an account closed is told to nobody who did not prove who he is.
var (
	ErrCredentials = fault.New(fault.Forbidden, "log_in_refused",
		"the name or the password is wrong, or the account cannot be used: try again or reset the password")
	ErrThrottled = fault.New(fault.Limited, "too_many_tries",
		"there were too many tries: wait before the next one")
	ErrSession = fault.New(fault.Forbidden, "session_ended",
		"the session has ended or was never begun: log in")
	ErrSecondFactor = fault.New(fault.Forbidden, "second_factor_refused",
		"the second factor is wrong or was used already: wait for the next one")
	ErrFactorNeeded = fault.New(fault.Forbidden, "second_factor_required",
		"a second factor is needed: enroll one, or log in with the one that is enrolled")
	ErrNotFresh = fault.New(fault.Forbidden, "fresh_required",
		"this act wants a proof of identity of the last five minutes: give the password or a second factor again")
	ErrForbidden = fault.New(fault.Forbidden, "forbidden",
		"the account's roles do not permit this: ask somebody who manages them")
	ErrPersonNeeded = fault.New(fault.Forbidden, "person_needed",
		"this is done by a person who is logged in, not with an API key")

	ErrName = fault.New(fault.Invalid, "login_name_invalid",
		"give a telephone number (11 digits, or with + and the country code) or an e-mail address")
	ErrPassword = fault.New(fault.Invalid, "password_unfit",
		"the password is too short, too long, too common or made of the name: choose another one")
	ErrPersonName = fault.New(fault.Invalid, "name_invalid", "a name has 1 to 60 characters and no control characters")
	ErrLang       = fault.New(fault.Invalid, "language_unknown", "the language is zh or en")
	ErrCode       = fault.New(fault.Invalid, "code_wrong",
		"the code is wrong, was used, was tried too often or is too old: ask for a new one")
	ErrCodePause = fault.New(fault.Limited, "code_too_soon",
		"a code was sent less than a minute ago, or too many were sent today: wait before asking again")

	ErrUser       = fault.New(fault.NotFound, "account_not_found", "there is no such account")
	ErrUserState  = fault.New(fault.Conflict, "account_state", "the account's state does not allow this")
	ErrRole       = fault.New(fault.Invalid, "role_unknown", "name one role or more of this side: see the list of roles")
	ErrMember     = fault.New(fault.NotFound, "member_not_found", "there is no such person with this merchant")
	ErrMemberIs   = fault.New(fault.Conflict, "member_already", "this person belongs to the merchant already")
	ErrLastOwner  = fault.New(fault.Conflict, "last_owner", "a merchant keeps one owner at least: name another owner first")
	ErrOwnerOnly  = fault.New(fault.Forbidden, "owner_only", "only an owner makes, changes or removes an owner")
	ErrInvitation = fault.New(fault.NotFound, "invitation_not_found",
		"there is no such invitation, or it is over: ask for a new one")
	ErrTOTP        = fault.New(fault.Conflict, "totp_state", "the one-time password is in another state: begin its enrollment again")
	ErrPasskey     = fault.New(fault.NotFound, "passkey_not_found", "there is no such passkey")
	ErrPasskeyIs   = fault.New(fault.Conflict, "passkey_known", "this passkey is enrolled already")
	ErrPasskeyMax  = fault.New(fault.Limited, "passkeys_full", "the account has as many passkeys as it may: remove one")
	ErrCeremony    = fault.New(fault.Invalid, "ceremony_over", "the exchange with the passkey took too long or was used: begin again")
	ErrLastFactor  = fault.New(fault.Conflict, "last_factor", "accounts of the platform keep one second factor: enroll another one first")
	ErrSessionGone = fault.New(fault.NotFound, "session_not_found", "there is no such session")

	ErrKey      = fault.New(fault.NotFound, "api_key_not_found", "there is no such API key")
	ErrKeyProof = fault.New(fault.Forbidden, "api_key_refused",
		"the API key is unknown, revoked, expired or not for this address")
	ErrKeyMode    = fault.New(fault.Invalid, "api_key_mode", "an API key is for test or live")
	ErrKeyScope   = fault.New(fault.Invalid, "api_key_scope", "an API key takes one scope or more of those that keys may have, and none that you do not have yourself")
	ErrKeyAddress = fault.New(fault.Invalid, "api_key_address", "an allowed address is an IP address or a network such as 203.0.113.0/24, 32 of them at most")
	ErrKeyExpiry  = fault.New(fault.Invalid, "api_key_expiry", "the end lies in the past, or the overlap of a rotation is longer than seven days")
	ErrKeyState   = fault.New(fault.Conflict, "api_key_state", "the API key is revoked")

	ErrProposal      = fault.New(fault.NotFound, "proposal_not_found", "there is no such proposal")
	ErrProposalKind  = fault.New(fault.Internal, "proposal_kind", "nothing carries out proposals of this kind")
	ErrProposalState = fault.New(fault.Conflict, "proposal_decided", "the proposal was decided, withdrawn or has expired")
	ErrSamePerson    = fault.New(fault.Forbidden, "second_person_needed", "who asked for a change cannot decide it: another person must")
	ErrNotAsker      = fault.New(fault.Forbidden, "not_the_asker", "only who made the proposal withdraws it")
	ErrReason        = fault.New(fault.Invalid, "reason_needed", "give a reason of up to 500 characters")
	ErrBase          = fault.New(fault.Conflict, "base_changed", "what the proposal was based on has changed since: look again and propose anew")
	ErrAgentEnded    = fault.New(fault.Conflict, "agent_ended", "the agent has ended: nobody works for it any more")
	ErrFirstAdmin    = fault.New(fault.Conflict, "admin_exists", "the first administrator was made already: others come by a proposal")
)
