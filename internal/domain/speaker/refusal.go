package speaker

import "github.com/yifen-pay/yifen/internal/domain/fault"

// Refusals of speakers.
var (
	ErrNotFound = fault.New(fault.NotFound, "speaker_not_found", "there is no such speaker")
	ErrForm     = fault.New(fault.Invalid, "speaker_invalid", "a speaker has a name of 1 to 60 characters and speaks zh or en")
	ErrState    = fault.New(fault.Conflict, "speaker_state", "the speaker is so already")
	ErrMany     = fault.New(fault.Limited, "too_many_speakers", "a merchant has 200 speakers at most: switch one over to its new place instead")
	ErrRefused  = fault.New(fault.Forbidden, "speaker_refused", "user name and password let no speaker in")
)
