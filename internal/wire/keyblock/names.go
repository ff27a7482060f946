package keyblock

// usages holds the meaning of each key usage (X9.143, table of key usages).
var usages = map[string]string{
	"B0": "base derivation key", "B1": "initial DUKPT key", "B2": "base key variant", "B3": "key derivation key, other",
	"C0": "card verification key",
	"D0": "data encryption, symmetric", "D1": "data encryption, asymmetric", "D2": "decimalization table",
	"D3": "sensitive data encryption",
	"E0": "EMV master key: application cryptograms", "E1": "EMV master key: confidentiality", "E2": "EMV master key: integrity",
	"E3": "EMV master key: data authentication code", "E4": "EMV master key: dynamic numbers",
	"E5": "EMV master key: card personalization", "E6": "EMV master key, other", "E7": "EMV personalization master key",
	"I0": "initialization vector",
	"K0": "key encryption", "K1": "key block protection key", "K2": "asymmetric key transport (TR-34)",
	"K3": "asymmetric key agreement", "K4": "key block protection key (ISO 20038)",
	"M0": "MAC, ISO 16609 algorithm 1", "M1": "MAC, ISO 9797-1 algorithm 1", "M2": "MAC, ISO 9797-1 algorithm 2",
	"M3": "MAC, ISO 9797-1 algorithm 3", "M4": "MAC, ISO 9797-1 algorithm 4", "M5": "MAC, ISO 9797-1:1999 algorithm 5",
	"M6": "MAC, CMAC", "M7": "MAC, HMAC", "M8": "MAC, ISO 9797-1:2011 algorithm 6",
	"P0": "PIN encryption", "P1": "PIN generation",
	"S0": "digital signature", "S1": "certification authority key", "S2": "asymmetric key, other",
	"V0": "PIN verification, other", "V1": "PIN verification, IBM 3624", "V2": "PIN verification, Visa PVV",
	"V3": "PIN verification, X9.132 algorithm 1", "V4": "PIN verification, X9.132 algorithm 2",
	"V5": "PIN verification, X9.132 algorithm 3",
}

// UsageName returns the English meaning of the header's key usage, or "" for one that the standard does not
// name.
func (h *Header) UsageName() string { return usages[h.Usage] }

// AlgorithmName returns the name of the algorithm that the key is for, or "".
func (h *Header) AlgorithmName() string {
	return map[byte]string{
		'A': "AES", 'D': "DES", 'E': "elliptic curve", 'H': "HMAC", 'R': "RSA", 'S': "DSA", 'T': "triple DES",
	}[h.Algorithm]
}

// ModeName returns the English meaning of the mode of use, or "".
func (h *Header) ModeName() string {
	return map[byte]string{
		'B': "encrypt and decrypt", 'C': "compute and verify", 'D': "decrypt only", 'E': "encrypt only",
		'G': "compute only", 'N': "no restriction", 'S': "sign only", 'T': "sign and decrypt", 'V': "verify only",
		'X': "derive keys", 'Y': "make key variants",
	}[h.Mode]
}

// ExportabilityName returns the English meaning of the exportability, or "".
func (h *Header) ExportabilityName() string {
	return map[byte]string{
		'E': "exportable in a key block under a trusted key", 'N': "not exportable", 'S': "exportable under any key",
	}[h.Exportability]
}
