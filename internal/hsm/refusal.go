package hsm

import "github.com/yifen-pay/yifen/internal/domain/fault"

// Refusals. None of them carries a key, a PIN or a card number.
var (
	ErrKEK = fault.New(fault.Invalid, "kek_invalid",
		"the key-encryption key must be 64 hexadecimal digits, 32 bytes")
	ErrKeyValue = fault.New(fault.Invalid, "key_invalid",
		"a master key must be 16 bytes, or 24 whose last 8 repeat the first")
	ErrKey = fault.New(fault.Internal, "key_unusable",
		"the wrapped key is damaged, for another use or under another key-encryption key")
	ErrForm = fault.New(fault.Invalid, "key_form_unknown",
		"working keys come in 24, 40 or 60 bytes")
	ErrMethod = fault.New(fault.Internal, "mac_method_unfit",
		"the key is not of the length that the MAC method takes")
	ErrMAC = fault.New(fault.Invalid, "mac_wrong",
		"the MAC is not that of the message")
	ErrPINBlock = fault.New(fault.Invalid, "pin_block_malformed",
		"the PIN block is not of ISO 9564 format 0 under this key and card: sign in again")
	ErrTrack = fault.New(fault.Invalid, "track_malformed",
		"the enciphered track is not one")
	ErrNoCard = fault.New(fault.Invalid, "card_number_missing",
		"there is no card number to seal")
	ErrSealed = fault.New(fault.Internal, "card_number_sealed",
		"the card number was sealed under another key, or damaged")
	ErrKeyChange = fault.New(fault.Invalid, "key_change_invalid",
		"the network's keys are damaged or not under our member key: ask for new ones")
)
