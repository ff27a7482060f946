package hsm

import "github.com/yifen-pay/yifen/internal/domain/fault"

// Refusals. None of them carries a key, a PIN or a card number.
var (
	ErrKEK = fault.New(fault.Invalid, "kek_invalid",
		"the key-encryption key must be 64 hexadecimal digits, 32 bytes")
	ErrKeyValue = fault.New(fault.Invalid, "key_invalid",
		"a triple DES key must be 16 or 24 bytes, an SM4 key 16, an AES key 16, 24 or 32")
	ErrUse = fault.New(fault.Invalid, "key_use_unknown",
		"the key cannot be for this use: master and block-protection keys are loaded, the others are made or imported")
	ErrCipher = fault.New(fault.Invalid, "key_cipher_unfit",
		"the cipher does not fit the use: master keys are 3des or sm4, block-protection keys 3des or aes")
	ErrComponents = fault.New(fault.Invalid, "key_components_invalid",
		"a key has two or three components of one length")
	ErrComponent = fault.New(fault.Invalid, "key_component_wrong",
		"a component is not the one of its check value, of which three bytes or more are needed: enter it again")
	ErrWeak = fault.New(fault.Invalid, "key_weak",
		"the components make a key of zeros or with equal parts: make new components")
	ErrKey = fault.New(fault.Internal, "key_unusable",
		"the wrapped key is damaged, for another use or under another key-encryption key")
	ErrForm = fault.New(fault.Invalid, "key_form_unknown",
		"working keys come in the forms 24, 40, 60, 72, 1040 and 1060")
	ErrFormCipher = fault.New(fault.Invalid, "key_form_unfit",
		"the form of the working keys is of another cipher than the master key: 72 is for SM4, the others for triple DES")
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
	ErrSerial = fault.New(fault.Invalid, "serial_cipher_wrong",
		"the serial number is not proven: serial number and random factor must be printable ASCII and the cipher theirs")
	ErrMechanism = fault.New(fault.Internal, "safe_mechanism_missing",
		"the safe that holds the keys cannot do this: use a module in software, or the tools of the safe's maker")
	ErrSafe = fault.New(fault.Unavailable, "safe_unavailable",
		"the safe that holds the keys does not answer: see whether the token is there and its PIN is right")
	ErrBlock = fault.New(fault.Invalid, "key_block_invalid",
		"the key block cannot be read, was damaged or is not under this protection key")
	ErrBlockUse = fault.New(fault.Invalid, "key_block_use_unfit",
		"the usage or mode of use of the key block is not that of a key for this use")
	ErrBlockCipher = fault.New(fault.Invalid, "key_block_cipher_unfit",
		"a key block carries triple DES keys, and AES keys as protection keys; SM4 has no letter in it")
	ErrProtection = fault.New(fault.Invalid, "protection_key_weak",
		"the protection key is weaker than the key: use one of AES, or of triple length")
	ErrNotExportable = fault.New(fault.Forbidden, "key_not_exportable",
		"the key came as not exportable, or is not exportable in this way")
	ErrKeyFile = fault.New(fault.Invalid, "key_file_invalid",
		"the key file cannot be taken in, and nothing of it was")
	ErrKeyFileLine = fault.New(fault.Invalid, "key_file_line_invalid",
		"a line is a terminal, cipher, cryptogram and check value, or a terminal and a key block, as the transport key asks")
	ErrCheckValue = fault.New(fault.Invalid, "check_value_wrong",
		"the check value is not that of the key: the key was damaged or is under another transport key")
	ErrTransport = fault.New(fault.Invalid, "transport_key_unfit",
		"the transport key is weaker than the keys, or their length is no multiple of its block")
	ErrHostKey = fault.New(fault.Invalid, "host_key_invalid",
		"the host's key must be an RSA key of 2048 bits or more, as PKCS #8")
	ErrCertificate = fault.New(fault.Invalid, "certificate_unreadable",
		"the terminal's certificate, or one between it and the authority, is not X.509 in DER")
	ErrCertificateKey = fault.New(fault.Invalid, "certificate_key_unfit",
		"the terminal's certificate must hold an RSA key of 2048 bits or more")
	ErrCertificateUsage = fault.New(fault.Invalid, "certificate_usage_unfit",
		"the terminal's certificate must be for key encipherment and be no authority's")
	ErrCertificateSerial = fault.New(fault.Forbidden, "certificate_of_another",
		"the serial number in the certificate's subject is not the terminal's")
	ErrCertificateTime = fault.New(fault.Forbidden, "certificate_expired",
		"the terminal's certificate, or one above it, is not valid now")
	ErrCertificateChain = fault.New(fault.Forbidden, "certificate_untrusted",
		"the terminal's certificate is not issued by a terminal authority that the installation holds")
	ErrProof = fault.New(fault.Forbidden, "key_proof_wrong",
		"the confirmation does not come from who holds the key that was delivered: fetch the key again")
	ErrKeyChange = fault.New(fault.Invalid, "key_change_invalid",
		"the network's keys are damaged or not under our member key: ask for new ones")
)
